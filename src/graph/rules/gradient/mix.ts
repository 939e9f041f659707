import type { Walk } from '../../backward.js';
import { float32 } from '../../elements.js';
import { range } from '../../shapes.js';

/** `matrix[o][i]`: the weight of input `i` in output `o` along an axis. */
export type Mixing = readonly (readonly number[])[];

/** dx_i = sum_o M[o][i] dy_o along one axis: the transpose of a mixing. */
export function unmix(walk: Walk, dy: string, matrix: Mixing, axis: number, rank: number): string {
  const { matMul, transpose } = walk;
  const [outputs, inputs] = [matrix.length, matrix[0]!.length];
  const identity =
    outputs === inputs && matrix.every((row, o) => row.every((m, i) => m === (o === i ? 1 : 0)));
  if (identity) return dy;
  if (rank > 1 && axis === rank - 2) {
    const turned = range(inputs).flatMap((i) => matrix.map((row) => row[i]!));
    return matMul(walk.constant(float32(turned, [inputs, outputs])), dy);
  }
  const last = range(rank).map((i) => (i === axis ? rank - 1 : i === rank - 1 ? axis : i));
  const constant = walk.constant(float32(matrix.flat(), [outputs, inputs]));
  return transpose(matMul(transpose(dy, last), constant), last);
}
