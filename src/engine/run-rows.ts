import { concurrently } from '../base/concurrently.js';
import { checkpoint, type RunContext } from '../base/run.js';
import { float32 } from '../graph/elements.js';
import { concatenate, rows, type Tensor } from '../tensor/tensor.js';
import type { Arrays, Program } from './engine.js';

export type Feeds = Readonly<Record<string, Tensor>>;

/**
 * Runs a program over feeds with equally many rows (axis 0) in batches of at most `batch` rows, spread over
 * the program's sessions. Returns the concatenated outputs. `fixed` feeds are passed to every batch.
 */
export async function runRows(
  program: Pick<Program, 'run' | 'sessions'>,
  feeds: Feeds,
  batch: number,
  run: RunContext,
  fixed: Feeds = {},
): Promise<Record<string, Tensor>> {
  const count = Object.values(feeds)[0]!.shape[0]!;
  const size = Math.max(1, Math.min(batch, Math.ceil(count / program.sessions)));
  const parts: Arrays[] = [];
  await concurrently(
    program.sessions,
    Math.ceil(count / size),
    async (index) => {
      await checkpoint(run);
      const [from, to] = [index * size, Math.min(count, (index + 1) * size)];
      const part = Object.entries(feeds).map(([name, feed]): [string, Tensor] => [
        name,
        rows(feed, from, to),
      ]);
      const all = [...part, ...Object.entries(fixed)].map(([name, { data, shape }]) => [
        name,
        float32(data, shape),
      ]);
      return program.run(Object.fromEntries(all));
    },
    (part) => parts.push(part),
  );
  const outputs = Object.keys(parts[0] ?? {});
  return Object.fromEntries(
    outputs.map((name) => [name, concatenate(parts.map((out) => out[name] as Tensor))]),
  );
}
