import { inputError, usageError } from '../../base/errors.js';
import { text } from '../../base/options.js';
import type { Archive } from '../record.js';
import { counter } from './counts.js';
import { chosenFinding, evidenceOf, findingOption, hasPlace } from './findings.js';
import { type Recipe, reformulation } from './reformulation.js';

export const statedClass = reformulation({
  name: 'stated-class',
  doc: "The class that the data set states for each image, with one finding's places as its evidence.",
  needsSize: false,
  options: {
    attribute: text({ doc: 'The attribute that states the class.', default: 'class' }),
    finding: {
      ...findingOption,
      doc: "The evidence; by default the archive's first finding that an image shows.",
    },
  },
  reformulate(archive, { attribute, finding: asked }) {
    const finding = chosenFinding(archive, asked);
    const stated = archive.records.flatMap((record) => {
      const value = record.attributes?.[attribute];
      return value === undefined ? [] : [{ record, value: String(value) }];
    });
    if (stated.length === 0 && archive.records.length > 0) throw noSuch(archive, 'stated-class', attribute);
    // In the order of their first images.
    const classes = [...new Set(stated.map(({ value }) => value))];
    const counts = counter(classes);
    const recipes = stated.map(({ record, value }): Recipe => {
      const evidence = evidenceOf(record, [finding]);
      counts.add(value);
      if (!hasPlace(evidence)) counts.add('images without a place');
      return { id: record.id, record, labels: [classes.indexOf(value)], ...evidence };
    });
    const untold = archive.records.length - stated.length;
    if (untold > 0) counts.add('left out: no class stated', untold);
    return { classes, multiLabel: false, recipes, counts: counts.counts };
  },
});

/** The error of an attribute that no image of an archive has. */
export function noSuch({ name, records }: Archive, task: string, attribute: string) {
  const names = [...new Set(records.flatMap(({ attributes }) => Object.keys(attributes ?? {})))];
  if (names.length === 0) return inputError(`no image of ${name} states a ${task.slice(7)}`);
  return usageError(`option 'attribute' of ${task} got '${attribute}'; ${name} has ${names.join(', ')}`);
}
