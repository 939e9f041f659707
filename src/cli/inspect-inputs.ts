import { usageError } from '../base/errors.js';
import { seededRandom } from '../base/random.js';
import type { RunContext } from '../base/run.js';
import { isFloat } from '../graph/elements.js';
import type { Graph, Value } from '../graph/graph.js';
import { readsOf } from '../graph/order.js';
import type { Classifier } from '../model/classifier.js';
import { checkTensor } from '../model/declared-input.js';
import { classifierOf } from '../model/load.js';
import { type InputArrays, joinInputs } from '../model/several-inputs.js';
import { wholeInputs } from '../model/whole-inputs.js';
import { sizeOf, type Tensor, tensor } from '../tensor/tensor.js';
import { engineFrom } from './engine-flags.js';
import { loadOptions, type ModelFlags } from './inputs.js';

/** The inputs of a model of several, a sample of noise for each, and those that are held. */
export interface SeveralInputs {
  readonly inputs: readonly Value[];
  /** Those that have no axis of samples. */
  readonly whole: ReadonlySet<string>;
  readonly arrays: InputArrays;
  readonly hold: readonly string[];
}

/** The inputs of a file that its nodes read. */
export function inputsOf({ inputs, nodes }: Graph): readonly Value[] {
  const read = new Set(nodes.flatMap(readsOf));
  return inputs.filter(({ name }) => read.has(name));
}

/** One sample of noise in [0, 1]; the same for the same shape. */
export function noise(shape: readonly number[]): Tensor {
  const random = seededRandom('inspect');
  const data = Float32Array.from({ length: sizeOf(shape) }, () => random.uniform());
  return tensor(data, [1, ...shape]);
}

/** Noise for every input of a file. Throws where one leaves a length open. */
export function noiseFor(file: Graph, inputs: readonly Value[], path: string): SeveralInputs {
  for (const input of inputs) checkTensor(input, path);
  const whole = wholeInputs({ ...file, inputs }, path);
  const arrays = file.inputs.map(({ name, shape }) => {
    const lengths = whole.has(name) ? shape : shape?.slice(1);
    if (lengths?.every((n): n is number => typeof n === 'number')) return [name, noise(lengths)] as const;
    throw usageError(
      `${path}: input '${name}' leaves its shape open ([${shape ?? '?'}]); give arrays to sightline attribute --input ${name}=x.npy`,
    );
  });
  const isHeld = ({ name, type }: Value) => !isFloat(type) || whole.has(name);
  const hold = inputs.filter(isHeld).map(({ name }) => name);
  return { inputs, whole, arrays: Object.fromEntries(arrays), hold };
}

/** A model of several inputs as one of their values in a row. */
export async function joinedModel(
  file: Graph,
  { arrays, hold }: SeveralInputs,
  flags: ModelFlags,
  target: string | undefined,
  run: RunContext,
): Promise<Classifier> {
  const [one] = joinInputs(file, flags.model, arrays, hold);
  const engine = await engineFrom(flags, run);
  const shape = { inputShape: one!.input.shape.slice(1) };
  return classifierOf(one!.graph, flags.model, {
    ...loadOptions(flags),
    ...{ ...shape, engine },
    ...(target !== undefined && { target }),
  });
}

/** The first image or volume among inputs of which the others can be held, and how. */
export function firstImage({ inputs, arrays, hold }: SeveralInputs) {
  const isImage = ({ name }: Value) => arrays[name]!.shape.length > 3;
  const free = inputs.filter(({ name }) => !hold.includes(name));
  const image = free.find(isImage);
  const others = free.filter((value) => value !== image).map(({ name }) => name);
  if (!image || others.length === 0) return undefined;
  return {
    hold: [...hold, ...others],
    input: { layout: 'NCHW' as const, shape: arrays[image.name]!.shape.slice(1) },
    with: `of '${image.name}' alone, ${others.map((name) => `--hold ${name}`).join(' ')}`,
  };
}
