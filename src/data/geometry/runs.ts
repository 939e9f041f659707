import { inputError } from '../../base/errors.js';
import { tensor } from '../../tensor/tensor.js';
import type { Region } from '../record.js';
import type { Mask } from './mask.js';

/** The runs of a mask along its rows: start and length of each. */
export function runsOf(mask: Uint8Array): number[] {
  const runs: number[] = [];
  for (let i = 0; i < mask.length; i++) {
    if (mask[i] !== 1) continue;
    const start = i;
    while (mask[i + 1] === 1) i++;
    runs.push(start, i - start + 1);
  }
  return runs;
}

/** The mask `[H, W]` of starts and lengths along rows or columns. Throws where a run leaves it. */
export function maskOfRuns(
  { runs, order }: Pick<Extract<Region, { kind: 'runs' }>, 'runs' | 'order'>,
  height: number,
  width: number,
): Mask {
  const data = new Uint8Array(height * width);
  for (let r = 0; r + 1 < runs.length; r += 2) {
    const [start, end] = [runs[r]!, runs[r]! + runs[r + 1]!];
    if (!(start >= 0 && end <= data.length && end >= start)) {
      throw inputError(`a run from ${start} to ${end} leaves the picture of ${width}x${height} pixels`);
    }
    for (let i = start; i < end; i++) {
      data[order === 'rows' ? i : (i % height) * width + Math.floor(i / height)] = 1;
    }
  }
  return tensor(data, [height, width]);
}
