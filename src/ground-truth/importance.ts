import { join } from 'node:path';
import { z } from 'zod/mini';
import { readTextIfThere, writeWhole } from '../base/files.js';
import { maximumJson, numbers, parseJson } from '../base/json.js';
import { seededRandom } from '../base/random.js';
import { checkpoint, type RunContext } from '../base/run.js';
import { openArchive } from '../benchmark/dataset.js';
import { definitions } from './definitions/definition.js';
import { featuresOf } from './definitions/features.js';
import { importantFeatures } from './definitions/important.js';
import { masksOf } from './roles.js';
import type { Scenario } from './suites.js';

/** At most so many images are tested. */
const mostImages = 2000;

const schema = z.object({
  asked: z.string(),
  images: z.int(),
  height: z.int(),
  width: z.int(),
  /** Share of the images in which each pixel belongs to the cause. */
  support: numbers(),
  found: z.array(z.object({ definition: z.string(), scores: numbers(), important: numbers() })),
});

/** What each definition calls important in a problem; scores and marks by pixel, `[height * width]`. */
export type ProblemImportance = z.infer<typeof schema>;

/**
 * Asks each definition of importance which pixels of a scenario's problem are important, by up to 2,000 of
 * its images (all splits, both classes). Kept in `definitions.json` in the scenario's folder below `out`.
 */
export async function importanceIn(
  { name, dataset, options }: Scenario,
  out: string,
  run: RunContext,
): Promise<ProblemImportance> {
  const path = join(out, name, 'definitions.json');
  const asked = JSON.stringify({ dataset, options, definitions: definitions.map((one) => one.name) });
  const before = await readTextIfThere(path, maximumJson);
  if (before !== undefined) {
    const kept = parseJson(before, schema, path);
    if (kept.asked === asked) return kept;
  }
  const { records: all } = await openArchive({ dataset, datasetOptions: options }, join(out, 'data'), run);
  const every = Math.max(1, Math.floor(all.length / mostImages));
  const records = all.filter((_, i) => i % every === 0).slice(0, mostImages);
  const [height, width] = [all[0]!.height!, all[0]!.width!];
  const features = await featuresOf(records, height, width, run);
  const support = new Float64Array(height * width);
  for (const record of records) {
    const { cause } = await masksOf(record);
    cause?.forEach((inside, i) => {
      support[i]! += inside / records.length;
    });
  }
  const onPixels = (values: ArrayLike<number>) => Array.from(features.featureOf, (at) => values[at]!);
  const step = run.progress.start('asking definitions of importance', definitions.length);
  const found = [];
  for (const definition of definitions) {
    await checkpoint(run);
    const random = seededRandom(`definitions/${name}`);
    const { scores, important } = importantFeatures(definition, features, features.labels, random);
    found.push({
      definition: definition.name,
      scores: onPixels(scores),
      important: onPixels(important),
    });
    step.advance();
  }
  step.done();
  const made = { asked, images: records.length, height, width, support: [...support], found };
  await writeWhole(path, `${JSON.stringify(made)}\n`);
  return made;
}
