import { checkpoint, type RunContext } from '../../base/run.js';
import type { Arrays, Program } from '../../engine/engine.js';
import { float32 } from '../../graph/elements.js';
import { concatenate, rows, sizeOf, type Tensor } from '../../tensor/tensor.js';

type Feeds = Readonly<Record<string, Tensor>>;

/** Runs a program over feeds of equally many rows, `batch` at a time with `fixed` ones beside them; joins its outputs. */
export async function runRows(
  program: Pick<Program, 'run'>,
  feeds: Feeds,
  batch: number,
  run: RunContext,
  fixed: Feeds = {},
): Promise<Record<string, Tensor>> {
  const count = Object.values(feeds)[0]!.shape[0]!;
  const batches: Arrays[] = [];
  for (let from = 0; from < count; from += batch) {
    await checkpoint(run);
    const part = Object.entries(feeds).map(([name, feed]): [string, Tensor] => [
      name,
      rows(feed, from, Math.min(count, from + batch)),
    ]);
    const all = [...part, ...Object.entries(fixed)].map(([name, { data, shape }]) => [
      name,
      float32(data, shape),
    ]);
    batches.push(await program.run(Object.fromEntries(all)));
  }
  const outputs = Object.keys(batches[0] ?? {});
  return Object.fromEntries(
    outputs.map((name) => [name, concatenate(batches.map((out) => out[name] as Tensor))]),
  );
}

/** The sum of each row, in double precision. */
export function sumsOf({ data, shape }: Tensor): number[] {
  const size = sizeOf(shape.slice(1));
  return Array.from({ length: shape[0]! }, (_, row) => {
    let total = 0;
    for (let i = row * size; i < (row + 1) * size; i++) total += data[i]!;
    return total;
  });
}
