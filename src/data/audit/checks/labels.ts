import { usageError } from '../../../base/errors.js';
import { optional, text } from '../../../base/options.js';
import type { ImageRecord } from '../../record.js';
import { evidenceOf, hasPlace } from '../../reformulate/findings.js';
import { check, type Finding, refOf } from '../check.js';

export const labels = check({
  name: 'label-noise',
  doc: "A finding that an image is said to show but that is marked nowhere, or one that is marked but not said; `graded` names an attribute whose high values should come with marks, as 'dr_grade>=2'.",
  options: {
    graded: optional(text({ doc: 'attribute>=number, for images that should have marks', default: '' })),
  },
  needsPixels: false,
  look({ archives, items }, options) {
    const graded = gradeRule(options.graded);
    const marked = new Map(
      archives.map(({ name, records }) => [
        name,
        new Set(records.flatMap((record) => [...record.boxes, ...record.regions].map(({ label }) => label))),
      ]),
    );
    return items.flatMap((item): Omit<Finding, 'check'>[] => {
      const { record } = item;
      const told: string[] = [];
      for (const finding of record.annotated === false ? [] : (record.findings ?? [])) {
        if (marked.get(item.dataset)!.has(finding) && !hasPlace(evidenceOf(record, [finding]))) {
          told.push(`'${finding}' is stated but marked nowhere`);
        }
      }
      for (const label of new Set([...record.boxes, ...record.regions].map((place) => place.label))) {
        if (record.findings !== undefined && !record.findings.includes(label)) {
          told.push(`'${label}' is marked but not stated`);
        }
      }
      if (record.annotated === false && record.findings === undefined)
        told.push('nobody annotated this image');
      const grade = graded?.(record);
      if (grade !== undefined) told.push(grade);
      return told.map((message) => ({
        severity: 'warning',
        message,
        images: [refOf(item, record.boxes.length > 0 ? record.boxes : undefined)],
      }));
    });
  },
});

function gradeRule(given: string | undefined): ((record: ImageRecord) => string | undefined) | undefined {
  if (given === undefined || given === '') return undefined;
  const [, name, limit] = /^([^<>=]+)>=(-?[\d.]+)$/.exec(given.replaceAll(' ', '')) ?? [];
  if (name === undefined) {
    throw usageError(
      `option 'graded' of label-noise got '${given}'; it takes attribute>=number, as dr_grade>=2`,
    );
  }
  return ({ attributes, boxes, regions }) => {
    const value = Number(attributes?.[name] ?? Number.NaN);
    if (!(value >= Number(limit)) || boxes.length + regions.length > 0) return undefined;
    return `${name} is ${value}, but nothing is marked`;
  };
}
