import { int, ints, intsOf, stringOf } from '../../attributes.js';
import type { Rule, Walk } from '../../backward.js';
import { float32 } from '../../elements.js';
import type { Node } from '../../graph.js';
import { range } from '../../shapes.js';
import { groupsOf, type WindowAxis, windowOf } from '../window.js';
import { filterGradient } from './filter.js';
import { stridedInputGradient } from './strided.js';

/** Computes one gradient of a convolution. */
export type Part = (node: Node, dy: string, walk: Walk) => string;

/** y = W * x + b (cross-correlation): dx = W' * dy, dW = x * dy, db = sum dy */
export const convolution =
  (input: Part, filter: Part): Rule =>
  (node, [dy], walk) => {
    const [x, w, b] = node.inputs as [string, string, string?];
    const rank = walk.shape(node.outputs[0]!).dims.length;
    return [
      walk.needsGradient(x) ? input(node, dy!, walk) : undefined,
      walk.needsGradient(w) ? filter(node, dy!, walk) : undefined,
      b && walk.needsGradient(b) ? sumOverAllButChannels(dy!, rank, walk) : undefined,
    ];
  };

/**
 * y = W' * x + b, the adjoint of a convolution: dx = W * dy; dW is the filter gradient of that convolution.
 */
export const transposedConvolution =
  (filter: Part): Rule =>
  (node, [dy], walk) => {
    const [x, w, b] = node.inputs as [string, string, string?];
    const { dims } = walk.shape(x);
    const axes = adjointAxes(node, walk);
    const attributes = {
      group: int(groupsOf(node)),
      kernel_shape: ints(axes.map((a) => a.kernel)),
      strides: ints(axes.map((a) => a.stride)),
      dilations: ints(axes.map((a) => a.dilation)),
      pads: ints([...axes.map((a) => a.padBegin), ...axes.map((a) => a.padEnd)]),
    };
    const adjoint: Node = { ...node, op: 'Conv', inputs: [dy!, w], outputs: [x], attributes };
    return [
      walk.needsGradient(x) ? walk.emit('Conv', [dy!, w], attributes) : undefined,
      walk.needsGradient(w) ? filter(adjoint, x, walk) : undefined,
      b && walk.needsGradient(b) ? sumOverAllButChannels(dy!, dims.length, walk) : undefined,
    ];
  };

export const Conv = convolution((node, dy, walk) => inputGradient(node, dy, walk), filterGradient);
export const ConvTranspose = transposedConvolution(filterGradient);

/** The window of the convolution that maps a transposed convolution's output to its input. */
function adjointAxes(node: Node, walk: Walk): WindowAxis[] {
  const kernel = walk.shape(node.inputs[1]!).dims.slice(2);
  const small = walk.shape(node.inputs[0]!).dims.slice(2);
  const large = walk.shape(node.outputs[0]!).dims.slice(2);
  const auto = stringOf(node, 'auto_pad', 'NOTSET');
  return kernel.map((length, axis) => {
    const stride = intsOf(node, 'strides')?.[axis] ?? 1;
    const dilation = intsOf(node, 'dilations')?.[axis] ?? 1;
    const extra = intsOf(node, 'output_padding')?.[axis] ?? 0;
    const reach = (small[axis]! - 1) * stride + (length - 1) * dilation + 1;
    const total = reach + extra - large[axis]!;
    const free = intsOf(node, 'output_shape') || auto.startsWith('SAME');
    const padBegin = free
      ? auto === 'SAME_UPPER'
        ? Math.floor(total / 2)
        : total - Math.floor(total / 2)
      : (intsOf(node, 'pads')?.[axis] ?? 0);
    const padEnd = Math.max(0, reach - large[axis]! - padBegin);
    return { input: large[axis]!, output: small[axis]!, kernel: length, stride, dilation, padBegin, padEnd };
  });
}

/**
 * dx of a convolution, in the form that suits its geometry. `rearranged`: weights may be rearranged, which is
 * free for constants. `apart`: the phases of a strided convolution by channel are computed apart, too.
 */
export function inputGradient(
  node: Node,
  dy: string,
  walk: Walk,
  { rearranged = !walk.needsGradient(node.inputs[1]!), apart = false } = {},
): string {
  const w = node.inputs[1]!;
  const axes = windowOf(node, walk, walk.shape(w).dims.slice(2));
  if (axes.every((a) => a.stride === 1)) return flipped(node, dy, axes, walk);
  const stride = axes[0]!.stride;
  const plain = axes.length === 2 && axes.every((a) => a.stride === stride && a.dilation === 1);
  const inPhases = groupsOf(node) === 1 || (apart && byChannel(node, walk) && coversPhases(axes));
  if (rearranged && plain && inPhases) return stridedInputGradient(node, dy, axes, walk);
  return transposed(node, dy, axes, walk);
}

/** Whether each channel has a filter of its own, and that filter one channel. */
export function byChannel(node: Node, { shape }: Pick<Walk, 'shape'>): boolean {
  const [outputs, inputs] = shape(node.inputs[1]!).dims;
  const groups = groupsOf(node);
  return groups > 1 && groups === outputs && inputs === 1;
}

const coversPhases = (axes: readonly WindowAxis[]) => axes.every((a) => a.kernel >= a.stride);

/** dx = flip(W)' * dy: a forward convolution, which has faster kernels than ConvTranspose. */
function flipped(node: Node, dy: string, axes: readonly WindowAxis[], walk: Walk): string {
  const { transpose, reshape, slice, emit } = walk;
  const w = node.inputs[1]!;
  const groups = groupsOf(node);
  const [outputs, inputsOfGroup, ...kernel] = walk.shape(w).dims as [number, number, ...number[]];
  const turned = turn(w, axes, walk);
  const spatial = range(kernel.length);
  const byGroup = () => reshape(turned, [groups, outputs / groups, inputsOfGroup, ...kernel]);
  const swapped =
    groups === 1
      ? transpose(turned, [1, 0, ...spatial.map((i) => i + 2)])
      : reshape(transpose(byGroup(), [0, 2, 1, ...spatial.map((i) => i + 3)]), [
          groups * inputsOfGroup,
          outputs / groups,
          ...kernel,
        ]);
  const begin = axes.map((a) => a.dilation * (a.kernel - 1) - a.padBegin);
  const end = axes.map((a) => a.dilation * (a.kernel - 1) - a.padEnd);
  // Outputs at padding beyond the kernel's reach depend on no input.
  const seen = slice(
    dy,
    axes.flatMap((a, i) =>
      begin[i]! < 0 || end[i]! < 0
        ? [{ axis: i + 2, start: Math.max(0, -begin[i]!), end: a.output - Math.max(0, -end[i]!), step: 1 }]
        : [],
    ),
  );
  return emit('Conv', [seen, swapped], {
    group: int(groups),
    dilations: ints(axes.map((a) => a.dilation)),
    kernel_shape: ints(kernel),
    pads: ints([...begin, ...end].map((p) => Math.max(0, p))),
    strides: ints(axes.map(() => 1)),
  });
}

/** The kernel flipped along every spatial axis. */
function turn(w: string, axes: readonly WindowAxis[], walk: Walk): string {
  const { slice, reshape, matMul } = walk;
  const taps = axes.reduce((n, { kernel }) => n * kernel, 1);
  if (taps === 1) return w;
  if (!walk.needsGradient(w)) {
    const cuts = axes.map((a, i) => ({ axis: i + 2, start: a.kernel - 1, end: -a.kernel - 1, step: -1 }));
    return slice(w, cuts);
  }
  // Trained weights are flipped in every step. A product with a permutation matrix takes a quarter of the
  // time, as it runs on every core.
  const reverse = new Float32Array(taps * taps);
  for (let tap = 0; tap < taps; tap++) reverse[tap * taps + taps - 1 - tap] = 1;
  const permutation = walk.constant(float32(reverse, [taps, taps]));
  // With a shape that a node reads from the weights, ONNX Runtime loses that node in depthwise networks.
  return reshape(matMul(reshape(w, [-1, taps]), permutation), walk.shape(w).dims);
}

function transposed(node: Node, dy: string, axes: readonly WindowAxis[], walk: Walk): string {
  const reached = axes.map(
    (a) => (a.output - 1) * a.stride + a.dilation * (a.kernel - 1) + 1 - a.padBegin - Math.max(0, a.padEnd),
  );
  return walk.emit('ConvTranspose', [dy, node.inputs[1]!], {
    group: int(groupsOf(node)),
    kernel_shape: ints(axes.map((a) => a.kernel)),
    strides: ints(axes.map((a) => a.stride)),
    dilations: ints(axes.map((a) => a.dilation)),
    pads: ints([...axes.map((a) => a.padBegin), ...axes.map((a) => Math.max(0, a.padEnd))]),
    output_padding: ints(axes.map((a, i) => a.input - reached[i]!)),
  });
}

export function sumOverAllButChannels(dy: string, rank: number, { reduce }: Walk): string {
  const others = range(rank).filter((axis) => axis !== 1);
  return reduce('ReduceSum', dy, others, { keepdims: int(0) });
}
