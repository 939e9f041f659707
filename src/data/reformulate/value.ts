import { usageError } from '../../base/errors.js';
import { text } from '../../base/options.js';
import { counter } from './counts.js';
import { chosenFinding, evidenceOf, findingOption, hasPlace } from './findings.js';
import { type Recipe, reformulation } from './reformulation.js';
import { noSuch } from './stated.js';

export const statedValue = reformulation({
  name: 'stated-value',
  doc: "A number that the data set states for each image, to predict by regression, with one finding's places as its evidence.",
  needsSize: false,
  options: {
    attribute: text({ doc: 'The attribute that states the number.', default: 'value' }),
    finding: {
      ...findingOption,
      doc: "The evidence; by default the archive's first finding that an image shows.",
    },
  },
  reformulate(archive, { attribute, finding: asked }) {
    const { name, records } = archive;
    const finding = chosenFinding(archive, asked);
    const counts = counter([attribute]);
    const given = records.flatMap((record) => {
      const value = record.attributes?.[attribute];
      return value === undefined ? [] : [{ record, value: value === '' ? Number.NaN : Number(value) }];
    });
    if (given.length === 0 && records.length > 0) throw noSuch(archive, 'stated-value', attribute);
    const stated = given.filter(({ value }) => Number.isFinite(value));
    if (stated.length === 0 && records.length > 0)
      throw usageError(
        `option 'attribute' of stated-value got '${attribute}'; it takes one of numbers, and ${name} has '${given[0]!.record.attributes![attribute]}' there`,
      );
    const recipes = stated.map(({ record, value }): Recipe => {
      const evidence = evidenceOf(record, [finding]);
      counts.add(attribute);
      if (!hasPlace(evidence)) counts.add('images without a place');
      return { id: record.id, record, labels: [0], value, ...evidence };
    });
    const untold = records.length - stated.length;
    if (untold > 0) counts.add('left out: no number stated', untold);
    return { classes: [attribute], multiLabel: false, regression: true, recipes, counts: counts.counts };
  },
});
