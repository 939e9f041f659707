import { float, floatOf, int, intOf } from '../../attributes.js';
import { type Rule, unbroadcast } from '../../backward.js';
import { int64, scalar } from '../../elements.js';

/** y = alpha A' B' + beta C, where ' transposes if the attribute says so. */
export const Gemm: Rule = (node, [dy], walk) => {
  const [a, b, c] = node.inputs as [string, string, string?];
  const transA = intOf(node, 'transA', 0);
  const transB = intOf(node, 'transB', 0);
  const alpha = float(floatOf(node, 'alpha', 1));
  const gemm = (left: string, right: string, tl: number, tr: number) =>
    walk.emit('Gemm', [left, right], { alpha, transA: int(tl), transB: int(tr) });
  return [
    walk.wanted(a) ? (transA ? gemm(b, dy!, transB, 1) : gemm(dy!, b, 0, 1 - transB)) : undefined,
    walk.wanted(b) ? (transB ? gemm(dy!, a, 1, transA) : gemm(a, dy!, 1 - transA, 0)) : undefined,
    c && walk.wanted(c)
      ? unbroadcast(
          walk,
          walk.emit('Mul', [dy!, walk.constant(scalar(floatOf(node, 'beta', 1)))]),
          c,
          node.outputs[0]!,
        )
      : undefined,
  ];
};

/** Y = A B over the last two axes, the others broadcast. */
export const MatMul: Rule = (node, [dy], walk) => {
  const [a, b] = node.inputs as [string, string];
  const rankA = walk.shape(a).dims.length;
  const rankB = walk.shape(b).dims.length;
  if (rankA < 2 || rankB < 2) throw new Error(`MatMul of vectors in '${node.name}'`);
  const turn = (value: string, rank: number) =>
    walk.emit('Transpose', [value], {
      perm: {
        kind: 'ints',
        value: [...Array.from({ length: rank - 2 }, (_, i) => i), rank - 1, rank - 2],
      },
    });
  const y = node.outputs[0]!;
  const da = () => walk.emit('MatMul', [dy!, turn(b, rankB)]);
  const db = () => walk.emit('MatMul', [turn(a, rankA), dy!]);
  return [
    walk.wanted(a) ? leading(walk, da(), a, y) : undefined,
    walk.wanted(b) ? leading(walk, db(), b, y) : undefined,
  ];
};

/** Sums over the leading axes along which `input` was broadcast. */
const leading = (walk: Parameters<Rule>[2], gradient: string, input: string, output: string) => {
  const inner = walk.shape(input);
  const outer = walk.shape(output);
  const matrix = outer.dims.length - 2;
  const lead = outer.dims.length - inner.dims.length;
  const axes = Array.from({ length: matrix }, (_, axis) => axis).filter((axis) => {
    const own = axis - lead;
    return (
      own < 0 ||
      (inner.dims[own] === 1 &&
        inner.batchAxis !== own &&
        (outer.dims[axis] !== 1 || outer.batchAxis === axis))
    );
  });
  const kept = axes.filter((axis) => axis >= lead);
  const dropped = axes.filter((axis) => axis < lead);
  const summed =
    kept.length === 0 ? gradient : walk.emit('ReduceSum', [gradient, walk.constant(int64(kept))]);
  return dropped.length === 0
    ? summed
    : walk.emit('ReduceSum', [summed, walk.constant(int64(dropped))], { keepdims: int(0) });
};
