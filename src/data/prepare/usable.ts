import { inputError } from '../../base/errors.js';
import type { Archive } from '../record.js';

/** Kinds of problems that cost an image its places, which says more than what is only told. */
const costly: readonly string[] = ['degenerate', 'outside', 'inconsistent', 'unreadable'];

/** Throws where no image has a finding that can be used: all would count as negative, or be left out. */
export function checkUsable({ name, records, leftOut = [], problems }: Archive): void {
  const isShown = records.some(
    ({ findings = [], boxes, regions }) => findings.length + boxes.length + regions.length > 0,
  );
  if (isShown) return;
  const left = leftOut.length > 0 ? ` (${leftOut.length} left out)` : '';
  const first =
    problems.find(({ kind = '', place }) => place !== undefined && costly.includes(kind)) ?? problems[0];
  const found = first ? `; ${problems.length} problems were found, such as: ${first.problem}` : '';
  const count = records.length + leftOut.length;
  const images =
    count === 1 ? `its only image${left} has no finding` : `none of its ${count} images${left} has a finding`;
  throw inputError(`${name}: ${images} that can be used${found}`);
}
