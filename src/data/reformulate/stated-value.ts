import { usageError } from '../../base/errors.js';
import { attributeOptions, statedIn } from './attributes.js';
import { counter } from './counts.js';
import { chosenFinding, evidenceOf, hasPlace } from './findings.js';
import { type Recipe, reformulation } from './reformulation.js';

export const statedValue = reformulation({
  name: 'stated-value',
  doc: "A number that the data set states for each image, to predict by regression, with one finding's places as its evidence.",
  needsSize: false,
  options: attributeOptions('value'),
  reformulate(archive, { attribute, finding: asked }) {
    const { name, records } = archive;
    const finding = chosenFinding(archive, asked);
    const counts = counter([attribute]);
    const given = statedIn(archive, attribute, 'value').map(({ record, value }) => ({
      record,
      value: value === '' ? Number.NaN : Number(value),
    }));
    const stated = given.filter(({ value }) => Number.isFinite(value));
    if (stated.length === 0 && given.length > 0)
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
