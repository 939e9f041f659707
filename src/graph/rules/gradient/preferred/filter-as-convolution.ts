import { ints } from '../../../attributes.js';
import type { Walk } from '../../../backward.js';
import type { Node } from '../../../graph.js';
import { groupsOf, windowOf } from '../../window.js';
import { fewChannels } from '../filter.js';

/**
 * dW of a convolution of few input channels as a convolution itself, in which samples and channels, strides and dilations change places and the gradient is the
 * kernel. ONNX Runtime's CPU kernel lays out the patches piece by piece in its cache.
 */
export function filterAsConvolution(node: Node, dy: string, walk: Walk): string | undefined {
  const [x, w] = node.inputs as [string, string];
  const [, inputs, ...kernel] = walk.shape(w).dims as [number, number, ...number[]];
  if (kernel.length !== 2 || groupsOf(node) !== 1 || inputs >= fewChannels) return undefined;
  const axes = windowOf(node, walk, kernel);
  const turned = (value: string) => walk.transpose(value, [1, 0, 2, 3]);
  const behind = axes.map(
    (a) => (a.output - 1) * a.stride + (a.kernel - 1) * a.dilation + 1 - a.input - a.padBegin,
  );
  const all = walk.emit('Conv', [turned(x), turned(dy)], {
    kernel_shape: ints(axes.map((a) => a.output)),
    strides: ints(axes.map((a) => a.dilation)),
    dilations: ints(axes.map((a) => a.stride)),
    pads: ints([...axes.map((a) => a.padBegin), ...behind.map((amount) => Math.max(0, amount))]),
  });
  // Pixels that the last window does not reach may make room for further taps.
  const own = behind.every((amount) => amount >= 0)
    ? all
    : walk.slice(
        all,
        axes.map((a, i) => ({ axis: i + 2, start: 0, end: a.kernel, step: 1 })),
      );
  return turned(own);
}
