import { inputError } from '../../base/errors.js';
import { integer, optional, text } from '../../base/options.js';
import { counter } from './counts.js';
import {
  chosenFindings,
  evidenceOf,
  findingsOf,
  hasPlace,
  isUnannotated,
  isUntold,
  TAKEN_AS_NEGATIVES,
  UNTOLD,
} from './findings.js';
import { type Recipe, reformulation } from './reformulation.js';

export const multiLabel = reformulation({
  name: 'multi-label',
  doc: 'Which findings an image shows, any number per image.',
  needsSize: false,
  options: {
    findings: optional(text({ doc: 'The findings, as a,b,c; by default all.', default: '' })),
    atLeast: integer({ doc: 'Minimum number of images of a class.', min: 0, default: 1 }),
  },
  reformulate(archive, options) {
    const asked = chosenFindings(archive, options.findings);
    const images = counter(asked);
    for (const record of archive.records) for (const finding of findingsOf(record)) images.add(finding);
    const classes = asked.filter((finding) => images.counts[finding]! >= options.atLeast);
    if (classes.length === 0) {
      throw inputError(`no finding of ${archive.name} is in at least ${options.atLeast} images`);
    }
    const counts = counter(classes);
    if (classes.length < asked.length)
      counts.add('findings too rare for a class', asked.length - classes.length);
    const recipes = archive.records.flatMap((record): Recipe[] => {
      if (classes.every((finding) => isUntold(record, finding))) {
        counts.add(UNTOLD);
        return [];
      }
      const shown = findingsOf(record);
      const labels = classes.flatMap((finding, index) => (shown.has(finding) ? [index] : []));
      for (const label of labels) {
        counts.add(classes[label]!);
        if (!hasPlace(evidenceOf(record, [classes[label]!]))) counts.add('findings without a place');
      }
      if (labels.length === 0) counts.add('images without any of the classes');
      if (isUnannotated(record)) counts.add(TAKEN_AS_NEGATIVES);
      const findings = labels.map((label) => classes[label]!);
      return [{ id: record.id, record, labels, findings, ...evidenceOf(record, classes) }];
    });
    return { classes, multiLabel: true, recipes, counts: counts.counts };
  },
});
