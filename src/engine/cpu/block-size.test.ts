import { afterAll, describe, expect, it } from 'vitest';
import { environmentError } from '../../base/errors.js';
import { stopped } from '../../base/run.js';
import { ints } from '../../graph/attributes.js';
import { startGraph } from '../../graph/builder.js';
import { float32, numbers } from '../../graph/elements.js';
import type { Graph } from '../../graph/graph.js';
import { sizeOf } from '../../tensor/tensor.js';
import { runOnce } from '../../testing/run-once.js';
import type { Arrays, Engine } from '../engine.js';
import { onnxRuntime } from '../onnxruntime.js';
import { remoteEngine } from '../remote.js';
import { thread } from '../thread.js';
import { findBlockSize } from './block-size.js';
import type { RunOnce } from './nchwc/index.js';
import { forCpu } from './prepare.js';

const engine = onnxRuntime();
const run = runOnce(engine);
afterAll(() => engine.dispose());

const blockedOps = ({ nodes }: Graph) =>
  nodes.filter(({ domain }) => domain === 'com.microsoft.nchwc').map(({ op }) => op);
const toNchwc = (graph: Graph) => blockedOps(graph).length > 0;

/** Runs NCHWc graphs by the given function and all other graphs on the engine. */
const failing =
  (otherwise: RunOnce): RunOnce =>
  (graph, feeds) =>
    toNchwc(graph) ? otherwise(graph, feeds) : run(graph, feeds);

const refuses = failing(async () => {
  throw environmentError('Fatal error: com.microsoft.nchwc:Conv(1) is not a registered function');
});

/** Adds a small error to the output with this index. */
const errsIn = (output: number) =>
  failing(async (graph, feeds) => {
    const outputs = await run(graph, feeds);
    const [name, { data, shape }] = Object.entries(outputs)[output]!;
    const wrong = Float32Array.from(data as Float32Array, (v, i) => (i === 3 ? v + 1e-2 : v));
    return { ...outputs, [name]: float32(wrong, shape) };
  });

const stops = failing(async () => {
  throw stopped();
});

const dies: RunOnce = async () => {
  throw environmentError('ONNX Runtime ended unexpectedly');
};

/** A convolution with trained weights that halve at each step. */
function trained() {
  const b = startGraph('trained');
  b.emit('Conv', ['x', 'w'], { kernel_shape: ints([1, 1]) }, 'y');
  b.emit('Mul', ['w', b.constant(float32([0.5], []))], {}, 'next');
  const value = (name: string, shape?: number[]) => ({
    name,
    type: 'float32' as const,
    ...(shape && { shape }),
  });
  const graph = b.finish([value('x', [1, 16, 2, 2]), value('w')], [value('y'), value('next')]);
  const state = { w: float32(new Float32Array(256).fill(0.5), [16, 16, 1, 1]) };
  return { graph, given: { carry: { next: 'w' }, state } };
}

describe('findBlockSize', () => {
  it("finds the block size of the processor's kernels", async () => {
    const known = process.arch === 'x64' ? [16, 8] : [16, 8, undefined];
    expect(known).toContain(await findBlockSize(run));
  });

  it('returns undefined when the runtime lacks the operators', async () => {
    expect(await findBlockSize(refuses)).toBeUndefined();
  });

  it.each([0, 1, 2, 3])('returns undefined when output %i is slightly wrong', async (output) => {
    expect(await findBlockSize(errsIn(output))).toBeUndefined();
  });

  it('returns the smaller size when the larger one fails', async () => {
    let plain: Promise<Arrays> | undefined;
    let asked = 0;
    const second: RunOnce = async (graph, feeds) => {
      plain ??= run(graph, feeds);
      if (toNchwc(graph) && asked++ === 0) throw environmentError('Invalid kernel');
      return plain;
    };
    expect(await findBlockSize(second)).toBe(8);
  });

  it('throws when it is cancelled or the plain graph fails', async () => {
    await expect(findBlockSize(stops)).rejects.toMatchObject({ kind: 'cancelled' });
    await expect(findBlockSize(dies)).rejects.toMatchObject({ kind: 'environment' });
  });
});

/**
 * An engine that finds the block size with `find`, and the number of NCHWc operators in each compiled graph.
 */
function finding(find: typeof findBlockSize) {
  const prepare = forCpu(find);
  const counts: number[] = [];
  const own = remoteEngine({
    name: 'cpu',
    label: 'ONNX Runtime',
    open: thread('engine/onnxruntime-worker', JSON.stringify({ provider: 'cpu', threads: 0 })),
    async prepare(...given) {
      const prepared = await prepare(...given);
      counts.push(blockedOps(prepared.graph).length);
      return prepared;
    },
    blocked: () => true,
  });
  return { own, counts };
}

/** Runs three steps of that network. The output is the sum of the sixteen channels, halved at each step. */
async function expectTrained(own: Engine) {
  const { graph, given } = trained();
  const program = await own.compile(graph, given);
  const image = Float32Array.from({ length: 64 }, (_, i) => i);
  const sums = [0, 1, 2, 3].map((at) => 16 * at + 4 * 120);
  for (const factor of [0.5, 0.25, 0.125]) {
    const { y } = await program.run({ x: float32(image, [1, 16, 2, 2]) });
    expect(numbers(y!)).toEqual(Array.from({ length: 64 }, (_, i) => sums[i % 4]! * factor));
  }
  const { w } = await program.state();
  expect(w).toMatchObject({ shape: [16, 16, 1, 1], data: new Float32Array(256).fill(0.0625) });
  await program.dispose();
}

describe('a training engine', () => {
  it.each([
    ['rejects NCHWc operators', refuses],
    ['computes NCHWc wrongly', errsIn(0)],
  ])('keeps NCHW when the runtime %s, and checks only once', async (_, answer) => {
    let asked = 0;
    const { own, counts } = finding(() => {
      asked++;
      return findBlockSize(answer);
    });
    await expectTrained(own);
    await expectTrained(own);
    expect([asked, counts]).toEqual([1, [0, 0]]);
    await own.dispose();
  });

  it.each([
    ['was cancelled', stops, 'cancelled'],
    ['failed with the runtime', dies, 'environment'],
  ])('repeats a check that %s', async (_, answer, kind) => {
    const answers = [answer, run];
    const { own, counts } = finding(() => findBlockSize(answers.shift()!));
    const { graph, given } = trained();
    await expect(own.compile(graph, given)).rejects.toMatchObject({ kind });
    await expectTrained(own);
    await expectTrained(own);
    expect(counts).toEqual((await findBlockSize(run)) ? [3, 3] : [0, 0]);
    await own.dispose();
  });

  it('checks once for programs compiled at the same time', async () => {
    let asked = 0;
    const { own } = finding((given) => {
      asked++;
      return findBlockSize(given);
    });
    await Promise.all([expectTrained(own), expectTrained(own)]);
    expect(asked).toBe(1);
    await own.dispose();
  });
});

describe('the preparation of a graph', () => {
  const { graph, given } = trained();

  it.each([16, 8])('uses blocks of %i channels when that size was found', async (size) => {
    const blocked = await forCpu(async () => size)(graph, true, given, run);
    expect(blockedOps(blocked.graph)).toEqual(['ReorderInput', 'Conv', 'ReorderOutput']);
  });

  it('leaves a graph to ONNX Runtime when that puts more in NCHWc', async () => {
    const b = startGraph('uneven');
    const weights = (...shape: number[]) => b.constant(float32(new Float32Array(sizeOf(shape)), shape));
    const narrow = b.emit('Conv', ['x', weights(24, 32, 1, 1)], { kernel_shape: ints([1, 1]) });
    const y = b.emit('Conv', [narrow, weights(32, 24, 1, 1)], { kernel_shape: ints([1, 1]) });
    const uneven = b.finish(
      [{ name: 'x', type: 'float32', shape: ['N', 32, 9, 7] }],
      [{ name: y, type: 'float32' }],
    );
    const at = async (size: number) =>
      blockedOps((await forCpu(async () => size)(uneven, true, {}, run)).graph);
    expect(await at(16)).toEqual([]);
    expect(await at(8)).not.toEqual([]);
  });

  it('is done once for all engines that share it', async () => {
    const prepare = forCpu(async () => 16);
    const [first, second] = await Promise.all([0, 1].map(() => prepare(graph, true, given, run)));
    expect(second).toBe(first);
    expect(await prepare({ ...graph }, true, given, run)).not.toBe(first);
  });

  it('returns the graph unchanged when blocked is false', async () => {
    expect((await forCpu(async () => 16)(graph, false, given, run)).graph).toBe(graph);
  });
});
