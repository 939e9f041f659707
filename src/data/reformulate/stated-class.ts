import { attributeOptions, statedIn } from './attributes.js';
import { counter } from './counts.js';
import { chosenFinding, evidenceOf, hasPlace } from './findings.js';
import { type Recipe, reformulation } from './reformulation.js';

export const statedClass = reformulation({
  name: 'stated-class',
  doc: "The class that the data set states for each image, with one finding's places as its evidence.",
  needsSize: false,
  options: attributeOptions('class'),
  reformulate(archive, { attribute, finding: asked }) {
    const finding = chosenFinding(archive, asked);
    const stated = statedIn(archive, attribute, 'class').map(({ record, value }) => ({
      record,
      value: String(value),
    }));
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
