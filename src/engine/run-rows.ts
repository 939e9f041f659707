import { concurrently } from '../base/concurrently.js';
import { checkpoint, type RunContext } from '../base/run.js';
import { float32 } from '../graph/elements.js';
import type { Constant } from '../graph/graph.js';
import { concatenate, type Floats, rows, sizeOf, type Tensor } from '../tensor/tensor.js';
import type { Arrays, Program } from './engine.js';

export type Feeds = Readonly<Record<string, Tensor>>;

/**
 * Runs a program over feeds with equally many rows (axis 0) in batches of at most `batch` rows, spread over
 * the program's sessions. Returns the concatenated outputs. `fixed` feeds are passed to every batch. With
 * `even`, every run has `batch` rows: the last row is repeated, and what that adds to the outputs is cut off.
 */
export async function runRows<A extends Floats = Float32Array>(
  program: Pick<Program, 'run' | 'sessions'>,
  feeds: Feeds,
  batch: number,
  run: RunContext,
  fixed: Feeds = {},
  even = false,
): Promise<Record<string, Tensor<A>>> {
  const count = Object.values(feeds)[0]!.shape[0]!;
  const size = even ? batch : Math.max(1, Math.min(batch, Math.ceil(count / program.sessions)));
  const parts: Arrays[] = [];
  await concurrently(
    // The next batch is made and sent while a GPU computes.
    even ? 2 : program.sessions,
    Math.ceil(count / size),
    async (index) => {
      await checkpoint(run);
      const [from, to] = [index * size, Math.min(count, (index + 1) * size)];
      const part = Object.entries(feeds).map(([name, feed]): [string, Tensor] => {
        const own = rows(feed, from, to);
        return [name, even ? filled(own, size) : own];
      });
      const all = [...part, ...Object.entries(fixed)].map(([name, { data, shape }]) => [
        name,
        float32(data, shape),
      ]);
      const outputs = await program.run(Object.fromEntries(all));
      return even && to - from < size ? cut(outputs, size, to - from) : outputs;
    },
    (part) => parts.push(part),
  );
  const outputs = Object.keys(parts[0] ?? {});
  return Object.fromEntries(
    outputs.map((name) => [name, joined(parts.map((out) => out[name] as Constant & Tensor<A>))]),
  );
}

/** The rows, and the last of them again up to `size` rows. */
export function filled(given: Tensor, size: number): Tensor {
  const [count, ...shape] = given.shape as [number, ...number[]];
  if (count === size) return given;
  const row = sizeOf(shape);
  const data = new Float32Array(size * row);
  data.set(given.data);
  for (let i = count; i < size; i++) data.set(given.data.subarray((count - 1) * row), i * row);
  return { data, shape: [size, ...shape] };
}

/** The first `count` rows of the outputs that have `size` rows. */
const cut = (outputs: Arrays, size: number, count: number): Arrays =>
  Object.fromEntries(
    Object.entries(outputs).map(([name, output]) => [
      name,
      output.shape[0] === size ? { ...output, ...rows(output, 0, count) } : output,
    ]),
  );

const joined = <A extends Floats>(parts: readonly Tensor<A>[]): Tensor<A> =>
  parts.length === 1 ? parts[0]! : concatenate(parts);
