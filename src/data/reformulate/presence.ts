import { counter } from './counts.js';
import {
  chosenFinding,
  evidenceOf,
  findingOption,
  findingsOf,
  hasPlace,
  isUnannotated,
  isUntold,
  TAKEN_AS_NEGATIVES,
  UNTOLD,
} from './findings.js';
import { type Candidate, chooseNegatives, negativesOptions } from './negatives.js';
import { type Recipe, reformulation } from './reformulation.js';

export const presence = reformulation({
  name: 'presence',
  doc: 'Whether an image shows one finding.',
  needsSize: false,
  options: { finding: findingOption, ...negativesOptions },
  reformulate(archive, options, random) {
    const finding = chosenFinding(archive, options.finding);
    const classes = [`no ${finding}`, finding];
    const counts = counter(classes);
    const negatives: Candidate[] = [];
    const positives = new Set<Recipe>();
    const recipes = archive.records.flatMap((record): Recipe[] => {
      if (isUntold(record, finding)) {
        counts.add(UNTOLD);
        return [];
      }
      const shown = findingsOf(record);
      const evidence = evidenceOf(record, [finding]);
      const recipe = { id: record.id, record, labels: [shown.has(finding) ? 1 : 0], ...evidence };
      if (shown.has(finding)) {
        positives.add(recipe);
        if (!hasPlace(evidence)) counts.add('positives without a place');
        if (record.findings !== undefined && !record.findings.includes(finding)) {
          counts.add('positives by a place that the list of findings does not name');
        }
      } else {
        negatives.push({ recipe, showsOther: shown.size > 0 });
        if (isUnannotated(record)) counts.add(TAKEN_AS_NEGATIVES);
      }
      return [recipe];
    });
    const chosen = chooseNegatives(negatives, positives.size, options, random, counts);
    counts.add(classes[0]!, chosen.size);
    counts.add(classes[1]!, positives.size);
    const kept = recipes.filter((recipe) => positives.has(recipe) || chosen.has(recipe));
    return { classes, multiLabel: false, recipes: kept, counts: counts.counts };
  },
});
