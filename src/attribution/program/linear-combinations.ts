import { isGpuProvider } from '../../engine/gpu/prepare.js';
import { int, intsOf } from '../../graph/attributes.js';
import type { Builder } from '../../graph/builder.js';
import { is } from '../../graph/catalogue/index.js';
import { float32, int64 } from '../../graph/elements.js';
import type { Graph, Node, Value } from '../../graph/graph.js';
import { dependents } from '../../graph/order.js';
import { evenSize } from '../../model/batch-size.js';
import type { Classifier } from '../../model/classifier.js';
import { inForm } from '../../model/forms/index.js';
import { programOf } from '../../model/programs.js';
import { sizeOf, type Tensor } from '../../tensor/tensor.js';
import { gradient } from './backward.js';
import { explainProgram } from './explain.js';
import { keyShape, noiseNodes } from './noise.js';
import { fedTargets, seedOfTargets, targetsFeed } from './targets.js';

export interface LinearCombinations {
  /** The keys of D noises, which are sources before the others. */
  readonly noise?: Int32Array;
  /** `[S, ...]` */
  readonly sources: Tensor;
  /** The weight of each source in each of the N inputs, `[N, D + S]`. */
  readonly mix: Tensor;
  /** What is added to all values of each of the N inputs, `[N, 1]`. */
  readonly offset: Tensor;
  /** The target of each of the N inputs. */
  readonly targets: readonly number[];
  /** The weight of each input's gradient in each of the M sums, `[M, N]`. */
  readonly collect: Tensor;
}

export interface CombinedGradients {
  /** Raw outputs `[N, K]`, where they were asked for. */
  readonly logits: Tensor | undefined;
  /** What was asked for, each `[M, ...]`. */
  readonly sums: Readonly<Partial<Record<Summed, Tensor>>>;
}

/**
 * What is summed: the gradients, their absolute values, their squares, the squared deviations of either of
 * the first two from the mean over the inputs of the same sum, or the products of the gradients with noise,
 * of which there have to be as many as inputs.
 */
export type Summed = keyof typeof terms;

const terms = {
  values: (_: Builder, slopes: string) => slopes,
  sizes: ({ abs }: Builder, slopes: string) => abs(slopes),
  squares: ({ mul }: Builder, slopes: string) => mul(slopes, slopes),
  spreads: (builder: Builder, slopes: string) => squaredDeviations(builder, slopes),
  sizeSpreads: (builder: Builder, slopes: string) => squaredDeviations(builder, builder.abs(slopes)),
  noises: ({ emit, mul }: Builder, slopes: string) =>
    mul(slopes, emit('Reshape', [names.noises, emit('Shape', [slopes])])),
} as const;

export interface Kind {
  /** Whether some of the sources are noise, which the engine makes of keys. */
  readonly noise: boolean;
  readonly summed: readonly Summed[];
}

const plain: Kind = { noise: false, summed: ['values'] };

const names = {
  ...{ noise: 'sl.noise', sources: 'sl.sources', mix: 'sl.mix', offset: 'sl.offset' },
  ...{ noises: 'sl.noises', collect: 'sl.collect' },
};
const sumName = (summed: Summed) => `sl.sums.${summed}`;

/**
 * Computes weighted sums of gradients at linear combinations of a few images in one program. The engine
 * receives only the images and returns only the sums, however many combinations there are, and the raw
 * outputs with `logits`. On a GPU each shape is a program of its own, and zeros fill up the images and the
 * sums to a power of two, so that few shapes occur.
 */
export async function combinationProgram(
  given: Classifier,
  kind: Kind = plain,
): Promise<{
  readonly sessions: number;
  run(mixture: LinearCombinations, logits: boolean): Promise<CombinedGradients>;
}> {
  const model = inForm(given, 'gradient');
  const even = isGpuProvider(model.engine.name);
  const program = (shapes: string) =>
    programOf(model, `mixed gradient ${JSON.stringify(kind)}${even ? ` of ${shapes}` : ''}`, () =>
      combinationGraph(model, kind),
    );
  return {
    sessions: even ? 1 : (await program('')).sessions,
    async run({ noise, sources, mix, offset, targets, collect }, logits) {
      const [images, sums] = [sources.shape[0]!, collect.shape[0]!];
      const [S, M] = even ? [evenSize(images, Infinity), evenSize(sums, Infinity)] : [images, sums];
      const D = noise ? noise.length / sizeOf(keyShape) : 0;
      const N = targets.length;
      const fed = {
        [names.sources]: padded(sources, [S, ...model.input.shape]),
        ...{
          [names.mix]: padded(mix, [N, D + S]),
          [names.offset]: offset,
          [names.collect]: padded(collect, [M, N]),
        },
        [targetsFeed.name]: fedTargets(targets),
      };
      const feeds = Object.entries(fed).map(([name, { data, shape }]) => [name, float32(data, shape)]);
      const keys = noise && {
        [names.noise]: { type: 'int32' as const, data: noise, shape: [D, ...keyShape] },
      };
      const asked = [...kind.summed.map(sumName), ...(logits ? [model.output] : [])];
      const { run } = await program([N, D, S, M].join());
      const found = await run({ ...Object.fromEntries(feeds), ...keys }, asked);
      const tables = kind.summed.map((summed) => [summed, found[sumName(summed)] as Tensor]);
      return { logits: found[model.output] as Tensor | undefined, sums: Object.fromEntries(tables) };
    },
  };
}

/** The tensor with zeros at the end of its first two axes. */
function padded({ data, shape: [, width = 1, ...inner] }: Tensor, shape: readonly number[]): Tensor {
  const [from, to] = [width, shape[1]!].map((columns) => columns * sizeOf(inner)) as [number, number];
  if (data.length === sizeOf(shape)) return { data, shape };
  const out = new Float32Array(sizeOf(shape));
  for (let row = 0; row * from < data.length; row++) {
    out.set(data.subarray(row * from, (row + 1) * from), row * to);
  }
  return { data: out, shape };
}

export function combinationGraph(model: Classifier, { noise, summed }: Kind = plain): Graph {
  const { graph, input, output } = model;
  const fed = (name: string, ...shape: (number | string)[]): Value => ({ name, type: 'float32', shape });
  return explainProgram(model, {
    front: {
      feeds: [
        fed(names.sources, 'sources', ...input.shape),
        fed(names.mix, 'N', 'sources'),
        fed(names.offset, 'N', 1),
        ...(noise ? [{ ...fed(names.noise, 'noises', ...keyShape), type: 'int32' as const }] : []),
      ],
      make(builder, name) {
        const given = builder.reshape(names.sources, [0, -1]);
        const noises = () =>
          builder.alias(noiseNodes(builder, names.noise, sizeOf(input.shape)), names.noises);
        const sources = noise ? builder.concat([noises(), given], 0) : given;
        const mixed = builder.add(builder.matMul(names.mix, sources), names.offset);
        builder.alias(builder.reshape(mixed, [-1, ...input.shape]), name);
      },
    },
    feeds: [targetsFeed, fed(names.collect, 'sums', 'N')],
    outputs(builder, walk) {
      const start = seedOfTargets(builder, model);
      const { [input.name]: slopes } = walk({ method: 'gradient', ruleFor: gradient, start });
      const changing = dependents(builder.finish([graph.inputs[0]!, targetsFeed], []));
      // Where the gradients themselves are needed, their sums are taken of them as well.
      const linear = summed.every((one) => one === 'values');
      const sumOf = (value: string) =>
        linear ? collected(builder, value, changing) : collectedAt(builder, value);
      const sums = summed.map((one) => [sumName(one), sumOf(terms[one](builder, slopes!))]);
      return { [output]: output, ...Object.fromEntries(sums) };
    },
  });
}

/**
 * Sums over samples before the linear layers at the end of the backward pass, so that these layers run on
 * the sums only.
 */
function collected(builder: Builder, value: string, changing: ReadonlySet<string>): string {
  const node = builder.madeBy(value);
  const [inner, ...others] = node?.inputs ?? [];
  if (node && inner && isLinear(node) && others.every((other) => !changing.has(other))) {
    return builder.repeat(node, [collected(builder, inner, changing), ...others])[0]!;
  }
  return collectedAt(builder, value);
}

function collectedAt({ emit, concat, constant, matMul, reshape }: Builder, value: string): string {
  const lengths = emit('Shape', [value], { start: int(1) });
  const shape = concat([constant(int64([-1])), lengths], 0);
  const sums = matMul(names.collect, reshape(value, [0, -1]));
  return emit('Reshape', [sums, shape]);
}

/** The squares of how far values are from their mean over the inputs that are summed together. */
function squaredDeviations(builder: Builder, value: string): string {
  const { constant, div, emit, matMul, mul, reduce, reshape, sub } = builder;
  const least = constant(float32([1e-30]));
  const weights = emit('Max', [reduce('ReduceSum', names.collect, [1]), least]);
  const flat = reshape(value, [0, -1]);
  const means = matMul(div(names.collect, weights), flat);
  const belongs = div(names.collect, emit('Max', [names.collect, least]));
  const off = sub(flat, matMul(emit('Transpose', [belongs]), means));
  return emit('Reshape', [mul(off, off), emit('Shape', [value])]);
}

/** Whether a node is linear in its first input and independent for each sample. */
function isLinear(node: Node): boolean {
  if (node.domain !== '') return false;
  if (is(node, 'layer', 'convolution')) return node.inputs.length === 2;
  if (node.op === 'Transpose') return intsOf(node, 'perm')?.[0] === 0;
  return node.op === 'DepthToSpace' || node.op === 'Identity';
}
