import { join } from 'node:path';
import { z } from 'zod/mini';
import { inputError } from '../base/errors.js';
import { makeFolder, readTextIfThere, sha256, writeWhole } from '../base/files.js';
import { maximumJson, numbers, parseJson } from '../base/json.js';
import { permutation, seededRandom } from '../base/random.js';
import { checkpoint, type RunContext } from '../base/run.js';
import { datasetOf, identityOf, openArchive } from '../benchmark/dataset.js';
import { definitions } from './definitions/definition.js';
import { featuresOf } from './definitions/features.js';
import { importantFeatures } from './definitions/important.js';
import { masksOf } from './roles.js';
import type { Scenario } from './suites.js';

/** At most so many images are tested. */
const mostImages = 2000;

const schema = z.object({
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
 * Asks each definition of importance which pixels of a problem are important, by up to 2,000 of its images
 * (all splits, both classes), drawn below the folder `drawn`. Throws an input error for images that state
 * no cause or are not of two classes.
 */
export async function importanceOf(
  { dataset, options }: Pick<Scenario, 'dataset' | 'options'>,
  drawn: string,
  run: RunContext,
): Promise<ProblemImportance> {
  const { records: all, findings } = await openArchive({ dataset, datasetOptions: options }, drawn, run);
  if (!findings.includes('cause'))
    throw inputError(`data set ${nameOf(dataset)} does not state which pixels the class changes (cause)`);
  const records = someOf(all);
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
    const random = seededRandom(`definitions/${definition.name}`);
    const { scores, important } = importantFeatures(definition, features, features.labels, random);
    found.push({
      definition: definition.name,
      scores: onPixels(scores),
      important: onPixels(important),
    });
    step.advance();
  }
  step.done();
  return { images: records.length, height, width, support: [...support], found };
}

/** Up to 2,000 records, drawn at random: classes may alternate. */
export function someOf<T>(all: readonly T[]): T[] {
  const order = permutation(seededRandom('images for definitions'), all.length);
  return [...order.subarray(0, mostImages).sort()].map((i) => all[i]!);
}

/** The same for a scenario of a suite, kept below `out`; scenarios of the same images share it. */
export async function importanceIn(
  { dataset, options }: Scenario,
  out: string,
  run: RunContext,
): Promise<ProblemImportance> {
  const images = await identityOf(datasetOf(dataset), options);
  const asked = JSON.stringify({ dataset, images, definitions: definitions.map((one) => one.name) });
  const path = join(out, 'definitions', `${sha256(asked).slice(0, 16)}.json`);
  const before = await readTextIfThere(path, maximumJson);
  if (before !== undefined) {
    const kept = parseJson(before, z.object({ asked: z.string(), importance: schema }), path);
    if (kept.asked === asked) return kept.importance;
  }
  const importance = await importanceOf({ dataset, options }, join(out, 'data'), run);
  await makeFolder(join(out, 'definitions'));
  await writeWhole(path, `${JSON.stringify({ asked, importance })}\n`);
  return importance;
}

const nameOf = (dataset: Scenario['dataset']) => (typeof dataset === 'string' ? dataset : dataset.name);

/** How many pixels of the cause and of the rest a definition calls important. */
export function countsOf({ support, found }: ProblemImportance, definition: string) {
  const marks = found.find((one) => one.definition === definition)?.important ?? [];
  const [cause, others] = [true, false].map((inside) => {
    const own = [...support.keys()].filter((i) => support[i]! > 0 === inside);
    return { important: own.filter((i) => marks[i] === 1).length, all: own.length };
  }) as [PixelCount, PixelCount];
  return { cause, others };
}

export interface PixelCount {
  readonly important: number;
  readonly all: number;
}

/** A count in words: `8 of 56`. */
export const countText = ({ important, all }: PixelCount): string =>
  all === 0 ? 'none' : `${important} of ${all}`;
