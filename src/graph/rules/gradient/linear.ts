import { float, floatOf, int, intOf } from '../../attributes.js';
import { type Rule, unbroadcast, type Walk } from '../../backward.js';
import { broadcastAxes, range, type ValueShape } from '../../shapes.js';

/**
 * y = alpha A' B' + beta C, where ' transposes if the attribute is set: dA' = alpha dy (B')^T, dB' = alpha
 * (A')^T dy, dC = beta dy summed over broadcast axes
 */
export const Gemm: Rule = (node, [dy], walk) => {
  const [a, b, c] = node.inputs as [string, string, string?];
  const transA = intOf(node, 'transA', 0);
  const transB = intOf(node, 'transB', 0);
  const alpha = float(floatOf(node, 'alpha', 1));
  const gemm = (left: string, right: string, tl: number, tr: number) =>
    walk.emit('Gemm', [left, right], { alpha, transA: int(tl), transB: int(tr) });
  return [
    walk.needsGradient(a) ? (transA ? gemm(b, dy!, transB, 1) : gemm(dy!, b, 0, 1 - transB)) : undefined,
    walk.needsGradient(b) ? (transB ? gemm(dy!, a, 1, transA) : gemm(a, dy!, 1 - transA, 0)) : undefined,
    c && walk.needsGradient(c)
      ? unbroadcast(walk, walk.mul(dy!, floatOf(node, 'beta', 1)), c, node.outputs[0]!)
      : undefined,
  ];
};

/**
 * Y = A B over the last two axes, the others broadcast: dA = dY B', dB = A' dY. A vector is a row of A or a
 * column of B.
 */
export const MatMul: Rule = (node, [dy], walk) => {
  const { transpose, matMul, reshapeLike } = walk;
  const [a, b] = node.inputs as [string, string];
  const [left, right, out] = [a, b, node.outputs[0]!].map((value) => walk.shape(value)) as [
    ValueShape,
    ValueShape,
    ValueShape,
  ];
  const [row, column] = [left.dims.length === 1, right.dims.length === 1];
  const unsqueeze = (value: string, axes: readonly number[]) =>
    axes.length === 0 ? value : walk.unsqueeze(value, axes);
  const whole = unsqueeze(dy!, [...(row ? [-2] : []), ...(column ? [-1] : [])]);
  const turned = (value: string, { dims }: ValueShape) => {
    const rank = dims.length;
    return transpose(value, [...range(rank - 2), rank - 1, rank - 2]);
  };
  const matrices = matrixAxes(out, row, column);
  const da = () => {
    const product = matMul(whole, column ? unsqueeze(b, [0]) : turned(b, right));
    return row
      ? reshapeLike(overLeading(walk, product, { dims: [1, 1], type: '' }, matrices), a)
      : overLeading(walk, product, left, matrices);
  };
  const db = () => {
    const product = matMul(row ? unsqueeze(a, [1]) : turned(a, left), whole);
    return column
      ? reshapeLike(overLeading(walk, product, { dims: [1, 1], type: '' }, matrices), b)
      : overLeading(walk, product, right, matrices);
  };
  return [walk.needsGradient(a) ? da() : undefined, walk.needsGradient(b) ? db() : undefined];
};

/** The output's shape with the axis of a row or column vector restored. */
function matrixAxes({ dims, batchAxis, type }: ValueShape, row: boolean, column: boolean): ValueShape {
  const whole = [...dims];
  if (row) whole.splice(column ? whole.length : whole.length - 1, 0, 1);
  return { dims: column ? [...whole, 1] : whole, batchAxis, type };
}

/** Sums over the leading axes along which an input was broadcast. */
function overLeading({ reduce }: Walk, gradient: string, inner: ValueShape, outer: ValueShape): string {
  const lead = outer.dims.length - inner.dims.length;
  const axes = broadcastAxes(inner, outer).filter((axis) => axis < outer.dims.length - 2);
  const [kept, dropped] = [axes.filter((axis) => axis >= lead), axes.filter((axis) => axis < lead)];
  const summed = kept.length === 0 ? gradient : reduce('ReduceSum', gradient, kept);
  return dropped.length === 0 ? summed : reduce('ReduceSum', summed, dropped, { keepdims: int(0) });
}
