import { usageError } from '../../../base/errors.js';
import { optional, text } from '../../../base/options.js';
import type { Archive, Grading, ImageRecord } from '../../record.js';
import { evidenceOf, hasPlace } from '../../reformulate/findings.js';
import { check, type Finding, refOf } from './check.js';

export const labels = check({
  name: 'label-noise',
  doc: 'Findings that are stated but not annotated, or annotated but not stated, and grades that contradict the annotations.',
  misses: 'wrong labels that agree with the annotations: no pixel is looked at',
  options: {
    graded: optional(
      text({
        doc: "attribute>=number for images that should have annotations, optionally of certain findings: 'dr_grade>=2:hard_exudates,haemorrhage'; by default the rule of the data set",
        default: '',
      }),
    ),
  },
  needsPixels: false,
  look({ archives, items }, options) {
    const given = options.graded ? gradingFrom(options.graded) : undefined;
    const about = new Map(archives.map((archive) => [archive.name, aboutOf(archive, given)]));
    return items.flatMap((item): Omit<Finding, 'check'>[] => {
      const { record, dataset } = item;
      return toldOf(record, about.get(dataset)!).map((message) => ({
        severity: 'warning',
        message,
        images: [refOf(item, record.boxes.length > 0 ? record.boxes : undefined)],
      }));
    });
  },
});

interface About {
  readonly marked: ReadonlySet<string>;
  readonly grading?: Grading;
}

const labelsOf = ({ boxes, regions }: ImageRecord) =>
  new Set([...boxes, ...regions].map(({ label }) => label));

const aboutOf = ({ records, grading }: Archive, given: Grading | undefined): About => ({
  marked: new Set(records.flatMap((record) => [...labelsOf(record)])),
  grading: given ?? grading,
});

function toldOf(record: ImageRecord, { marked, grading }: About): string[] {
  if (record.annotated === false && record.findings === undefined) return ['nobody annotated this image'];
  const told: string[] = [];
  for (const finding of record.annotated === false ? [] : (record.findings ?? [])) {
    if (marked.has(finding) && !hasPlace(evidenceOf(record, [finding]))) {
      told.push(`'${finding}' is stated but marked nowhere`);
    }
  }
  for (const label of labelsOf(record)) {
    if (record.findings?.includes(label) === false) told.push(`'${label}' is marked but not stated`);
  }
  return grading === undefined ? told : [...told, ...contradictions(record, grading)];
}

function contradictions(record: ImageRecord, { attribute, findings, shown, bare }: Grading): string[] {
  const value = Number(record.attributes?.[attribute] ?? Number.NaN);
  const there = [...labelsOf(record)].filter((label) => findings.length === 0 || findings.includes(label));
  if (value >= shown && there.length === 0) {
    const what = findings.length === 0 ? 'nothing' : `no ${findings.join(' or ')}`;
    return [`${attribute} is ${value}, but ${what} is marked`];
  }
  if (bare === undefined || !(value <= bare) || there.length === 0) return [];
  return [`${attribute} is ${value}, but ${there.join(' and ')} ${there.length > 1 ? 'are' : 'is'} marked`];
}

function gradingFrom(given: string): Grading {
  const found = /^([^<>=:]+)>=\s*(-?[\d.]+)\s*(?::(.+))?$/.exec(given.trim());
  if (found === null || Number.isNaN(Number(found[2]))) {
    throw usageError(
      `option 'graded' of label-noise got '${given}'; it takes attribute>=number, as dr_grade>=2, or attribute>=number:finding,...`,
    );
  }
  const [, attribute, shown, findings = ''] = found;
  const names = findings.split(',').map((name) => name.trim());
  return {
    attribute: attribute!.trim(),
    shown: Number(shown),
    findings: names.filter((name) => name !== ''),
  };
}
