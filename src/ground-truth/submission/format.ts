import { z } from 'zod/mini';
import { inputError } from '../../base/errors.js';
import { hashOfFile } from '../../base/files.js';
import { measured, parseJson, whole, word } from '../../base/json.js';
import { readNpz, writeNpz } from '../../tensor/npz.js';
import { textArray, textOf } from '../../tensor/npz-json.js';
import { type Tensor, toFloat32 } from '../../tensor/tensor.js';

const most = { arrays: 2048, bytes: 2 ** 30, name: 200 };
const short = z.string().check(z.maxLength(most.name, `a text of up to ${most.name} characters`));
const hash = z.string().check(z.regex(/^[0-9a-f]{64}$/, 'a SHA-256 in hexadecimal'));
const problemName = z.string().check(z.regex(/^[a-z0-9][a-z0-9-]{0,99}$/, "a problem's name"));

export const taskSchema = z.object({
  problem: problemName,
  /** The number of the model, from 0. */
  model: whole(),
  modelSha256: hash,
  /** The explained images by name, and the hash of their files. */
  images: z.array(short).check(z.minLength(1, 'at least one image')),
  imagesSha256: hash,
  /** The output that each map explains. */
  targets: z.array(whole()),
});

/** The images of a problem that a method explains on one model. */
export type SubmissionTask = z.infer<typeof taskSchema>;

const scoreSchema = z.object({
  problem: problemName,
  model: whole(),
  metric: short,
  /** Mean over the images with a defined score; null where there are none. */
  mean: measured,
  /** Images with an undefined score. */
  undefined: whole(),
});

/** A method's score on the images of one task. */
export type SubmissionScore = z.infer<typeof scoreSchema>;

const methodSchema = z.object({
  name: word.check(z.maxLength(most.name, `a text of up to ${most.name} characters`)),
  version: short,
  paper: z.string().check(z.maxLength(2000, 'a text of up to 2000 characters')),
  options: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
});

const aboutSchema = z.object({
  format: z.literal('sightline-submission'),
  version: z.literal(1),
  suite: short,
  method: methodSchema,
  tasks: z.array(taskSchema).check(z.minLength(1, 'at least one task')),
  scores: z.array(scoreSchema),
});

/** What a submission says beside its maps. */
export type AboutSubmission = z.infer<typeof aboutSchema>;

/** A method's maps on the problems of a suite, in one `.npz` file. */
export interface Submission {
  readonly about: AboutSubmission;
  /** Maps by the name of their task, `[N, H, W]`. */
  readonly maps: ReadonlyMap<string, Tensor>;
  readonly sha256: string;
}

/** The name of a task: of its array in a submission, and of its folder in a kit. */
export const nameOfTask = ({ problem, model }: Pick<SubmissionTask, 'problem' | 'model'>): string =>
  `${problem}/model-${model}`;

/** Writes a submission: the array `submission` holds its JSON as bytes, beside one array for each task. */
export async function writeSubmission(
  path: string,
  about: AboutSubmission,
  maps: ReadonlyMap<string, Tensor>,
): Promise<void> {
  await writeNpz(path, { submission: textArray(JSON.stringify(about)), ...Object.fromEntries(maps) });
}

/**
 * Reads a submission within limits of size. Throws an input error that names the file and what is wrong: no
 * such array, a field, two tasks of one name, maps that are missing, of another number or of no task.
 */
export async function readSubmission(path: string): Promise<Submission> {
  const { submission, ...arrays } = await readNpz(path, most);
  if (submission === undefined) throw inputError(`${path} lacks the array 'submission'`);
  const source = `${path}: submission`;
  const about = parseJson(textOf(submission, source), aboutSchema, source);
  const maps = new Map<string, Tensor>();
  for (const task of about.tasks) {
    const name = nameOfTask(task);
    const array = Object.hasOwn(arrays, name) ? arrays[name] : undefined;
    if (maps.has(name)) throw inputError(`${source}: has two tasks ${name}`);
    if (array === undefined) throw inputError(`${path} lacks the maps '${name}'`);
    const count = task.images.length;
    if (task.targets.length !== count || new Set(task.images).size !== count)
      throw inputError(
        `${source}: task ${name} has ${count} images, ${task.targets.length} targets; it takes different images with one target each`,
      );
    maps.set(name, planes(toFloat32(array), count, `${path}: ${name}`));
  }
  const foreign = Object.keys(arrays).find((name) => !maps.has(name));
  if (foreign !== undefined) throw inputError(`${path} holds '${foreign}', which is no task of it`);
  return { about, maps, sha256: (await hashOfFile(path))! };
}

/** Maps `[N, H, W]` of maps `[N, H, W]` or `[N, C, H, W]`, whose channels are summed. */
function planes({ data, shape }: Tensor, count: number, name: string): Tensor {
  const [n, channels, height, width] = shape.length === 3 ? [shape[0], 1, shape[1], shape[2]] : shape;
  if ((shape.length !== 3 && shape.length !== 4) || n !== count)
    throw inputError(`${name} has shape [${shape}]; it takes [${count},H,W] or [${count},C,H,W]`);
  const size = height! * width!;
  const sums = new Float32Array(count * size);
  for (let i = 0; i < data.length; i++)
    sums[Math.floor(i / (size * channels!)) * size + (i % size)]! += data[i]!;
  return { data: sums, shape: [count, height!, width!] };
}
