import { sizeOf } from '../../../tensor/tensor.js';
import { type Origins, rearranged } from './origins.js';

/** Axes of an input and an output of Reshape that hold the same elements. */
interface Run {
  readonly before: number[];
  readonly after: number[];
}

/** The origins behind a Reshape. */
export function reshaped(
  from: Origins,
  before: readonly number[],
  after: readonly number[],
): Origins | undefined {
  if (sizeOf(before) !== sizeOf(after)) return undefined;
  const runs = runsOf(from.dims, before, after);
  const dims = runs.flatMap((run) => run.after);
  return rearranged(from, dims, (index) => {
    let axis = 0;
    return runs.flatMap((run) => {
      let flat = run.after.reduce((sum, length) => sum * length + index[axis++]!, 0);
      const source = run.before.map(() => 0);
      for (let i = source.length - 1; i >= 0; i--) {
        source[i] = flat % run.before[i]!;
        flat = Math.floor(flat / run.before[i]!);
      }
      return source;
    });
  });
}

/** The axes by runs of as many elements; lengths along which all elements come from the same places are 1. */
function runsOf(dims: readonly number[], before: readonly number[], after: readonly number[]): Run[] {
  const runs: Run[] = [];
  for (let [i, j] = [0, 0]; i < before.length || j < after.length; ) {
    const start = i;
    const run: Run = { before: [], after: [] };
    let [a, b] = [before[i] ?? 1, 1];
    if (i++ >= before.length || dims[start] === 1) {
      for (; j < after.length && a % after[j]! === 0; a /= after[j++]!) run.after.push(1);
    }
    if (start < before.length) run.before.push(a);
    while (a !== b) {
      if (b < a) run.after.push(after[j]!);
      else run.before.push(before[i]!);
      if (b < a) b *= after[j++]!;
      else a *= before[i++]!;
    }
    const isAlike = dims.slice(start, i).every((length) => length === 1);
    runs.push(isAlike ? { before: run.before.map(() => 1), after: run.after.map(() => 1) } : run);
  }
  return runs;
}
