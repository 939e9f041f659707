import { type Scorecard, scorecardsOf } from '../benchmark/scorecard/card.js';
import { readSummary } from '../benchmark/scorecard/run-summary.js';
import { readAudit } from '../benchmark/shortcut/read.js';

/**
 * The scorecard of each method of a finished run: consistency, plausibility, fidelity, usefulness, and what
 * was not examined. `shortcut` is the folder of an audit, whose verdicts go on the cards.
 */
export const scorecards = async (
  run: string,
  { shortcut }: { readonly shortcut?: string } = {},
): Promise<Scorecard[]> =>
  scorecardsOf(await readSummary(run), shortcut === undefined ? undefined : await readAudit(shortcut));
