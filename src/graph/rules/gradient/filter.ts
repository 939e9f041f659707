import { int, ints } from '../../attributes.js';
import type { Walk } from '../../backward.js';
import { int64 } from '../../elements.js';
import type { Node } from '../../graph.js';
import { slice } from '../slice.js';
import { groupsOf, windowOf } from '../window.js';

/**
 * dW[o, c, k] = sum over samples and positions of dy[o, i] x[c, s i + d k - p]: for each tap k, one matrix product of
 * the output's gradient with the shifted input.
 */
export function filterGradient(node: Node, dy: string, walk: Walk): string {
  const [x, w] = node.inputs as [string, string];
  const groups = groupsOf(node);
  const [outputs, inputs, ...kernel] = walk.shape(w).dims as [number, number, ...number[]];
  const axes = windowOf(node, walk, kernel);
  const begin = axes.map((a) => a.padBegin);
  const end = axes.map((a) => Math.max(0, a.padEnd));
  const padded = [...begin, ...end].some((p) => p > 0)
    ? walk.emit('Pad', [x, walk.constant(int64([0, 0, ...begin, 0, 0, ...end]))])
    : x;
  const positions = axes.reduce((n, a) => n * a.output, 1);
  const flat = (value: string, channels: number) =>
    walk.emit('Reshape', [value, walk.constant(int64([-1, groups, channels / groups, positions]))]);
  const dyFlat = flat(dy, outputs);
  const products = taps(kernel).map((tap) => {
    const seen = slice(
      walk,
      padded,
      axes.map((a, i) => {
        const start = tap[i]! * a.dilation;
        return { axis: i + 2, start, end: start + (a.output - 1) * a.stride + 1, step: a.stride };
      }),
    );
    const turned = walk.emit('Transpose', [flat(seen, inputs * groups)], { perm: ints([0, 1, 3, 2]) });
    const product = walk.emit('MatMul', [dyFlat, turned]); // [N, g, O/g, C/g]
    const summed = walk.emit('ReduceSum', [product, walk.constant(int64([0]))], { keepdims: int(0) });
    return walk.emit('Reshape', [summed, walk.constant(int64([outputs, inputs, 1]))]);
  });
  const all = products.length === 1 ? products[0]! : walk.emit('Concat', products, { axis: int(2) });
  return walk.emit('Reshape', [all, walk.constant(int64([outputs, inputs, ...kernel]))]);
}

/** All positions in a kernel, in row-major order. */
export function taps(kernel: readonly number[]): number[][] {
  return kernel.reduce<number[][]>(
    (found, length) => found.flatMap((tap) => Array.from({ length }, (_, k) => [...tap, k])),
    [[]],
  );
}
