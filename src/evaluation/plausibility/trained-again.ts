import { checkpoint } from '../../base/run.js';
import type { Classifier } from '../../model/classifier.js';
import type { Scored } from '../metric/metric.js';
import type { Sign } from '../metric/reading.js';
import { byMagnitude, type Similarity, similarityOf } from '../metric/similarity.js';
import { explainAgain } from '../randomisation/shared.js';

/** The similarities of the sample's map with those of models; of flat maps left out. */
export async function similarities(
  scored: Scored,
  models: readonly Classifier[],
  sign: Sign,
  similarity: Similarity,
): Promise<number[]> {
  const own = byMagnitude(scored.map);
  const found: number[] = [];
  for (const model of models) {
    await checkpoint(scored.run);
    const other = await explainAgain(scored, sign, { change: () => model });
    found.push(similarityOf(own, other, similarity));
  }
  return found.filter((value) => !Number.isNaN(value));
}
