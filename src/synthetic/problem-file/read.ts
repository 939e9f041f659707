import { z } from 'zod/mini';
import { inputError } from '../../base/errors.js';
import { parseJson, word } from '../../base/json.js';
import { type Arrays, readNpz } from '../../tensor/npz.js';
import { textOf } from '../../tensor/npz-json.js';
import { type Tensor, type TypedArray, toFloat32 } from '../../tensor/tensor.js';
import { type Problem, type Role, type RoleMasks, roles, splitOf } from '../problem/problem.js';

const aboutSchema = z.object({
  format: z.literal('sightline-problem-file'),
  version: z.literal(1),
  name: z.string().check(z.regex(/^[a-z0-9][a-z0-9-]{0,63}$/, 'up to 64 small letters, digits and hyphens')),
  paper: z.optional(word),
  /** What the problem asks of a method. */
  asks: z.optional(word),
  classes: z.optional(z.array(word)),
  /** Training options of its models. */
  training: z.optional(z.record(z.string(), z.union([z.string(), z.number()]))),
  /** Test accuracy that its models have to reach. */
  accuracy: z.optional(z.number()),
});

/** What a problem's file says beside its arrays. */
export type AboutProblem = z.infer<typeof aboutSchema>;

const most = { bytes: 2 ** 30, side: 1024, classes: 64 };
const leastSide = 8;
const splits = ['train', 'validation', 'test'] as const;

/**
 * Reads a problem from one `.npz` file: `problem` (a JSON text as bytes), `images` `[N, H, W]`, `labels`
 * `[N]`, optionally `splits` `[N]` (0 training, 1 validation, 2 test; by default a tenth of each class for
 * each of the last two), and for each role `[H, W]` or `[N, H, W]` of 0 and 1: `cause`, which is needed,
 * `suppressor`, `confounder`, `distractor`. Throws an input error that names the file and the array.
 */
export async function readProblemFile(path: string): Promise<{ about: AboutProblem; problem: Problem }> {
  const arrays = await readNpz(path, { arrays: 16, bytes: most.bytes });
  const known = ['problem', 'images', 'labels', 'splits', ...roles];
  const foreign = Object.keys(arrays).find((name) => !known.includes(name));
  if (foreign !== undefined)
    throw inputError(`${path} holds '${foreign}'; a problem has ${known.join(', ')}`);
  const source = `${path}: problem`;
  const about = parseJson(textOf(neededOf(path, arrays, 'problem'), source), aboutSchema, source);
  return { about, problem: problemOf(path, arrays, about.classes) };
}

function problemOf(path: string, arrays: Arrays, named: readonly string[] | undefined): Problem {
  const images = toFloat32(neededOf(path, arrays, 'images'));
  const [count = 0, height = 0, width = 0] = images.shape;
  const isSide = (side: number) => side >= leastSide && side <= most.side;
  if (images.shape.length !== 3 || count < 1 || !isSide(height) || !isSide(width))
    throw inputError(
      `${path}: images has shape [${images.shape}]; it takes [N,H,W] with sides of ${leastSide} to ${most.side}`,
    );
  if (!images.data.every(Number.isFinite)) throw inputError(`${path}: images holds NaN or infinite values`);
  const classes = named ?? ['0', '1'];
  const labels = indices(path, neededOf(path, arrays, 'labels'), 'labels', count, classes.length);
  const given = arrays.splits && indices(path, arrays.splits, 'splits', count, splits.length);
  const masks = roles.flatMap((role) => {
    const array = role === 'cause' ? neededOf(path, arrays, role) : arrays[role];
    return array ? [[role, maskIn(path, role, array, images.shape)] as const] : [];
  });
  const seen = classes.map(() => 0);
  const places = Array.from(labels, (label) => seen[label]!++);
  const size = height * width;
  return {
    ...{ height, width, classes, images: count },
    draw: (i) => ({
      label: labels[i]!,
      image: images.data.subarray(i * size, (i + 1) * size),
      masks: Object.fromEntries(masks.map(([role, of]) => [role, of(i)])) as RoleMasks,
      split: given ? splits[given[i]!]! : splitOf(places[i]!, 10),
    }),
  };
}

function neededOf(path: string, arrays: Arrays, name: string): Tensor<TypedArray> {
  const found = arrays[name];
  if (found === undefined)
    throw inputError(`${path} lacks '${name}'; it has ${Object.keys(arrays).join(', ')}`);
  return found;
}

/** Whole numbers below `below`, one for each image. */
function indices(
  path: string,
  { data, shape }: Tensor<TypedArray>,
  name: string,
  count: number,
  below: number,
) {
  if (shape.length !== 1 || shape[0] !== count)
    throw inputError(`${path}: ${name} has shape [${shape}]; it takes [${count}], one for each image`);
  const values = Array.from(data as ArrayLike<number | bigint>, Number);
  const wrong = values.find((value) => !Number.isInteger(value) || value < 0 || value >= below);
  if (wrong !== undefined)
    throw inputError(`${path}: ${name} holds ${wrong}; it takes whole numbers from 0 to ${below - 1}`);
  return values;
}

/** The pixels of a role by image, of masks for each image or one for all. */
function maskIn(path: string, role: Role, { data, shape }: Tensor<TypedArray>, images: readonly number[]) {
  const all = `${shape}` === `${images}`;
  if (!all && `${shape}` !== `${images.slice(1)}`)
    throw inputError(`${path}: ${role} has shape [${shape}]; it takes [${images}] or [${images.slice(1)}]`);
  const mask = Uint8Array.from(data as ArrayLike<number | bigint>, Number);
  if (mask.some((value, i) => value > 1 || value !== Number(data[i])))
    throw inputError(`${path}: ${role} holds other values than 0 and 1`);
  if (role === 'cause' && !mask.includes(1))
    throw inputError(
      `${path}: cause [${shape}] is 0 everywhere; it takes 1 where the class changes the image, and 0 elsewhere`,
    );
  const size = images[1]! * images[2]!;
  return (i: number) => (all ? mask.subarray(i * size, (i + 1) * size) : mask);
}
