import { intOf, intsOf, stringOf } from '../attributes.js';
import type { Walk } from '../backward.js';
import type { Node } from '../graph.js';
import { range } from '../shapes.js';

/** The geometry of a sliding window (convolution or pooling) along one spatial axis. */
export interface WindowAxis {
  readonly input: number;
  readonly output: number;
  readonly kernel: number;
  readonly stride: number;
  readonly dilation: number;
  readonly padBegin: number;
  /**
   * The padding that the last window needs behind the input; less than the attribute if a stride leaves a
   * remainder.
   */
  readonly padEnd: number;
}

/** The window of `node` along each spatial axis, with `auto_pad` and `ceil_mode` resolved from the shapes. */
export function windowOf(node: Node, walk: Pick<Walk, 'shape'>, kernel: readonly number[]): WindowAxis[] {
  const input = walk.shape(node.inputs[0]!).dims.slice(2);
  const output = walk.shape(node.outputs[0]!).dims.slice(2);
  const strides = intsOf(node, 'strides');
  const dilations = intsOf(node, 'dilations');
  const pads = intsOf(node, 'pads');
  const auto = stringOf(node, 'auto_pad', 'NOTSET');
  return input.map((length, axis) => {
    const stride = strides?.[axis] ?? 1;
    const dilation = dilations?.[axis] ?? 1;
    const reach = (output[axis]! - 1) * stride + (kernel[axis]! - 1) * dilation + 1;
    const missing = Math.max(0, reach - length);
    const padBegin =
      auto === 'SAME_UPPER'
        ? missing >> 1
        : auto === 'SAME_LOWER'
          ? (missing + 1) >> 1
          : auto === 'VALID'
            ? 0
            : (pads?.[axis] ?? 0);
    return {
      input: length,
      output: output[axis]!,
      kernel: kernel[axis]!,
      stride,
      dilation,
      padBegin,
      padEnd: reach - length - padBegin,
    };
  });
}

export const groupsOf = (node: Node): number => intOf(node, 'group', 1);

/** All kernel positions in row-major order. */
export function taps(kernel: readonly number[]): number[][] {
  return kernel.reduce<number[][]>(
    (found, length) => found.flatMap((tap) => range(length).map((k) => [...tap, k])),
    [[]],
  );
}
