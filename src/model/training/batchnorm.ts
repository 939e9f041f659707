import { float, floatOf, int } from '../../graph/attributes.js';
import type { Rule, Walk } from '../../graph/backward.js';
import { float32, int64 } from '../../graph/elements.js';
import type { Node } from '../../graph/graph.js';
import { changed, type Edit } from '../../graph/rewrite.js';
import { range } from '../../graph/shapes.js';

/** A BatchNormalization in training mode: its nodes, and the values of the batch's mean and variance. */
export interface Normalised {
  readonly nodes: readonly Node[];
  readonly mean: string;
  readonly variance: string;
}

/** A BatchNormalization of `dims` in training mode, as an engine runs it best. */
export const normalised = (
  node: Node,
  dims: readonly number[],
  edit: Edit,
  engine: string | undefined,
): Normalised =>
  engine === 'cpu' && !fillsBlocks(dims)
    ? fusedBatchNorm(node, edit)
    : writtenBatchNorm(node, dims, edit, engine);

/**
 * Whether ONNX Runtime's CPU kernels may hold the value with its channels in blocks, which the fused form
 * would leave.
 */
const fillsBlocks = (dims: readonly number[]) => dims.length === 4 && dims[1]! % 16 === 0;

/** One node in ONNX's training mode, which only some engines have. */
export function fusedBatchNorm(node: Node, edit: Edit): Normalised {
  const [mean, variance] = namesOf(node);
  // With momentum 0 the two additional outputs are the batch's own statistics. ONNX Runtime may
  // overwrite the inputs for the running statistics, so they are zeros that nothing else reads.
  const blanks = node.inputs
    .slice(3, 5)
    .map((input, i) => edit.node('Sub', [input, input], edit.fresh(`sl.blank${i}.${node.name}`)));
  const normalise = changed(node, {
    inputs: [...node.inputs.slice(0, 3), ...blanks.map(({ outputs }) => outputs[0]!)],
    outputs: [node.outputs[0]!, mean, variance],
    attributes: { training_mode: int(1), momentum: float(0) },
  });
  return { nodes: [...blanks, normalise], mean, variance };
}

/**
 * The axes over which an engine reduces a value of `rank` axes to one number for each channel, in steps: GPUs
 * reduce last or first axes faster than those around the channels.
 */
const stagesOf = (rank: number, engine: string | undefined): readonly (readonly number[])[] => {
  const positions = range(rank - 2).map((i) => i + 2);
  return engine === 'cpu' || rank === 2 ? [[0, ...positions]] : [positions, [0]];
};

/**
 * In operators that every engine has: mean x and mean (x - mean)^2 by channel, then BatchNormalization by
 * these. `dims` is the shape of x.
 */
export function writtenBatchNorm(
  node: Node,
  dims: readonly number[],
  edit: Edit,
  engine?: string,
): Normalised {
  const [mean, variance] = namesOf(node);
  const nodes: Node[] = [];
  const add = (op: string, inputs: readonly string[], output = edit.fresh(`sl.${op}.${node.name}`)) => {
    nodes.push(edit.node(op, inputs, output, op === 'ReduceMean' ? { keepdims: int(0) } : undefined));
    return output;
  };
  const [x] = node.inputs as [string];
  const stages = stagesOf(dims.length, engine);
  const byChannel = (value: string, name: string) =>
    stages.reduce(
      (rows, axes, i) =>
        add('ReduceMean', [rows, edit.constant(int64(axes))], i === stages.length - 1 ? name : undefined),
      value,
    );
  const spread = edit.constant(int64([dims[1]!, ...dims.slice(2).map(() => 1)]));
  const apart = add('Add', [x, add('Reshape', [add('Neg', [byChannel(x, mean)]), spread])]);
  byChannel(add('Mul', [apart, apart]), variance);
  const normalise = changed(node, { inputs: [...node.inputs.slice(0, 3), mean, variance] });
  return { nodes: [...nodes, normalise], mean, variance };
}

const namesOf = ({ name }: Node) => [`sl.mean.${name}`, `sl.variance.${name}`] as const;

/**
 * The gradient of y = scale (x - mean) / sqrt(var + epsilon) + bias, where mean and variance are those of
 * the batch and depend on x: dx = scale / sqrt(var + epsilon) (dy - mean(dy) - x' mean(dy x')), where x' is
 * the normalised x (Ioffe & Szegedy 2015, arXiv:1502.03167). By channel this is dx = a dy + b x + c.
 * `samples` is the value that holds the number of samples.
 */
export const trainingBatchNorm =
  (samples: string, engine?: string): Rule =>
  (node, [dy], walk) => {
    const [x, scale] = node.inputs as [string, string];
    const fused = node.outputs.length > 1;
    const [mean, variance] = (fused ? node.outputs.slice(1) : node.inputs.slice(3)) as [string, string];
    const { add, sub, mul, div, neg, sqrt, reciprocal } = walk;
    const { dims } = walk.shape(x);
    const channels = dims[1]!;
    const inverse = reciprocal(sqrt(add(variance, floatOf(node, 'epsilon', 1e-5))));
    const positions = dims.slice(2).map((_, i) => i + 2);
    const stages = stagesOf(dims.length, engine);
    const sum = (value: string) =>
      stages.reduce((part, axes) => walk.reduce('ReduceSum', part, axes, { keepdims: int(0) }), value);
    const dbias = sum(dy!);
    const dscale = mul(inverse, sub(sum(mul(dy!, x)), mul(mean, dbias)));
    if (!walk.needsGradient(x)) return [undefined, dscale, dbias];
    const area = positions.reduce((size, axis) => size * dims[axis]!, 1);
    const count = mul(samples, area);
    const a = mul(scale, inverse);
    const slope = div(mul(a, mul(inverse, dscale)), count);
    const b = neg(slope);
    const c = sub(mul(slope, mean), div(mul(a, dbias), count));
    const spread = walk.reshape(a, [channels, ...positions.map(() => 1)]);
    const dx = add(mul(dy!, spread), affine(walk, x, b, c, channels));
    return [dx, dscale, dbias];
  };

/** b x + c by channel as a single BatchNormalization node with mean 0 and variance 1. */
function affine(walk: Walk, x: string, b: string, c: string, channels: number): string {
  const zeros = walk.constant(float32(new Float32Array(channels)));
  const ones = walk.constant(float32(new Float32Array(channels).fill(1)));
  return walk.emit('BatchNormalization', [x, b, c, zeros, ones], { epsilon: float(0) });
}
