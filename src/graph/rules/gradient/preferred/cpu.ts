import { int, ints, string } from '../../../attributes.js';
import type { Rule, Walk } from '../../../backward.js';
import { float32 } from '../../../elements.js';
import type { Node } from '../../../graph.js';
import type { ValueShape } from '../../../shapes.js';
import { groupsOf, windowOf } from '../../window.js';
import { byChannel, convolution, inputGradient, type Part, transposedConvolution } from '../convolution.js';
import { fewChannels, filterGradient } from '../filter.js';
import { picksTaps, rectifiedMaxPool } from './rectified-pool.js';

/** A rule with the result of the plain rule; undefined where the plain rule is as fast. */
export type Preferred = (...given: Parameters<Rule>) => ReturnType<Rule> | undefined;

const filter: Part = (node, dy, walk) =>
  filterAsConvolution(node, dy, walk) ?? filterGradient(node, dy, walk);

/**
 * Also rearranges trained weights: the engine does so fast. A training step holds blocks, where the phases of
 * a strided convolution by channel take a fifth of the time of its ConvTranspose, which runs on one core.
 */
const input: Part = (node, dy, walk) => {
  const [x, w] = node.inputs as [string, string];
  const apart = walk.needsGradient(w) && staysBlocked(walk.shape(x));
  return inputGradient(node, dy, walk, { rearranged: true, apart });
};

/** dx = dy step(y) */
const blockedRelu: Preferred = ({ outputs: [y] }, [dy], walk) =>
  staysBlocked(walk.shape(y!)) ? [walk.mul(dy!, blockedStep(y!, walk))] : undefined;

/**
 * Whether ONNX Runtime's CPU kernels keep a value's channels in the blocked layout nchwc. There a comparison
 * and a Where take longer than a convolution and a product, and where ONNX Runtime creates the blocks itself,
 * they make it reorder the channels twice.
 */
const staysBlocked = ({ dims }: ValueShape) => dims.length === 4 && dims[1]! % 16 === 0;

/** clip(1e30 y, 0, 1) by a convolution: 1 where a rectified value is positive (above 1e-30), else 0. */
function blockedStep(y: string, { shape, constant, emit, clip }: Walk): string {
  const channels = shape(y).dims[1]!;
  const steep = constant(float32(new Float32Array(channels).fill(1e30), [channels, 1, 1, 1]));
  const scaled = emit('Conv', [y, steep], { group: int(channels), kernel_shape: ints([1, 1]) });
  return clip(scaled, 0, 1);
}

/**
 * dW of a convolution with few input channels, or of one by channel, as a convolution: samples and channels,
 * strides and dilations swap roles, and dy is the kernel. ONNX Runtime's CPU kernel gathers the patches piece
 * by piece in its cache. By channel, the samples of each one are a group.
 */
function filterAsConvolution(node: Node, dy: string, walk: Walk): string | undefined {
  const [x, w] = node.inputs as [string, string];
  const [, inputs, ...kernel] = walk.shape(w).dims as [number, number, ...number[]];
  const groups = groupsOf(node);
  const depthwise = byChannel(node, walk);
  if (kernel.length !== 2 || !(depthwise || (groups === 1 && inputs < fewChannels))) return undefined;
  const axes = windowOf(node, walk, kernel);
  const turned = (value: string) => walk.transpose(value, [1, 0, 2, 3]);
  const behind = axes.map(
    (a) => (a.output - 1) * a.stride + (a.kernel - 1) * a.dilation + 1 - a.input - a.padBegin,
  );
  const seen = turned(x);
  const image = depthwise ? walk.reshape(seen, [1, -1, ...axes.map((a) => a.input)]) : seen;
  const all = walk.emit('Conv', [image, turned(dy)], {
    group: int(depthwise ? groups : 1),
    kernel_shape: ints(axes.map((a) => a.output)),
    strides: ints(axes.map((a) => a.dilation)),
    dilations: ints(axes.map((a) => a.stride)),
    pads: ints([...axes.map((a) => a.padBegin), ...behind.map((amount) => Math.max(0, amount))]),
  });
  // Pixels behind the last window can give extra taps.
  const own = behind.every((amount) => amount >= 0)
    ? all
    : walk.slice(
        all,
        axes.map((a, i) => ({ axis: i + 2, start: 0, end: a.kernel, step: 1 })),
      );
  return turned(own);
}

/**
 * Scatters dy to the indices of the maxima. ONNX Runtime's CPU kernel returns indices into the whole input;
 * other providers do not.
 */
const maxPoolByPlaces: Rule = (node, [dy], { emitAll, reshape, shapeOf, emit }) => {
  const x = node.inputs[0]!;
  const places =
    node.outputs[1] || emitAll('MaxPool', [x], 2, { ...node.attributes, storage_order: int(0) })[1]!;
  const flat = (value: string) => reshape(value, [-1]);
  const shape = shapeOf(x);
  const none = emit('ConstantOfShape', [emit('ReduceProd', [shape])]);
  const sums = emit('ScatterElements', [none, flat(places), flat(dy!)], {
    axis: int(0),
    reduction: string('add'),
  });
  return [emit('Reshape', [sums, shape])];
};

/** The forms for ONNX Runtime's CPU kernels. */
export const cpu = {
  Conv: convolution(input, filter),
  ConvTranspose: transposedConvolution(filter),
  MaxPool: (node, gradients, walk) =>
    (picksTaps(node, walk) ? rectifiedMaxPool : maxPoolByPlaces)(node, gradients, walk),
  Relu: blockedRelu,
} as const satisfies Record<string, Preferred>;
