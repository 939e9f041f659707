import type { Random } from '../../base/random.js';
import { resizeBilinear } from '../../tensor/resize.js';
import { tensor } from '../../tensor/tensor.js';

/**
 * A smooth random field over `size x size` pixels, zero mean, about unit spread: normal values on coarse grids of `cells`,
 * added up at half the size.
 */
export function smoothNoise(random: Random, size: number, cells: readonly number[]): Float32Array {
  const half = Math.ceil(size / 2);
  const field = new Float32Array(half * half);
  for (const [octave, count] of cells.entries()) {
    const grid = new Float32Array(count * count);
    for (let i = 0; i < grid.length; i++) grid[i] = random.normal();
    const layer = resizeBilinear(tensor(grid, [count, count]), half, half).data;
    const weight = 1 / 1.6 ** octave;
    for (let i = 0; i < field.length; i++) field[i]! += weight * layer[i]!;
  }
  return resizeBilinear(tensor(field, [half, half]), size, size).data;
}
