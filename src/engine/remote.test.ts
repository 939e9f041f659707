import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { afterAll, describe, expect, it } from 'vitest';
import { silent } from '../base/run.js';
import { compiledFile } from '../base/workers.js';
import { startGraph } from '../graph/builder.js';
import { float32, numbers } from '../graph/elements.js';
import type { Graph } from '../graph/graph.js';
import { asGiven } from './cpu/prepare.js';
import type { Engine, Program } from './engine.js';
import { limitsOf } from './limits.js';
import { onnxRuntime } from './onnxruntime.js';
import { hosted } from './process.js';
import type { Open } from './protocol.js';
import { remoteEngine } from './remote.js';
import { runRows } from './run-rows.js';
import { tensorflow } from './tensorflow.js';
import { channelTo } from './thread.js';

const engines: Engine[] = [];
const folder = mkdtempSync(join(tmpdir(), 'sightline-'));
const opened = (engine: Engine) => {
  engines.push(engine);
  return engine;
};
afterAll(async () => {
  await Promise.all(engines.map((engine) => engine.dispose()));
  rmSync(folder, { recursive: true });
});

/** y = 2 x, `[N, 3]`. */
function doubled(): Graph {
  const b = startGraph('double');
  b.emit('Add', ['x', 'x'], {}, 'y');
  const value = (name: string) => ({ name, type: 'float32' as const, shape: ['N', 3] });
  return b.finish([value('x')], [value('y')]);
}

/** A chain of products of large matrices, which takes some seconds. */
function slow(): Graph {
  const b = startGraph('slow');
  const last = Array.from({ length: 40 }).reduce<string>((x) => b.emit('MatMul', [x, 'x']), 'x');
  b.alias(last, 'y');
  const value = (name: string) => ({ name, type: 'float32' as const, shape: [1500, 1500] });
  return b.finish([value('x')], [value('y')]);
}

const x = float32([1, 2, 3], [1, 3]);
const hosting = { module: 'engine/onnxruntime-worker', limits: limitsOf({}), sessions: 1 };
const settings = JSON.stringify({ provider: 'cpu', threads: 1 });

/** An engine whose first process is killed by a signal at its first run. */
function killed(): Engine {
  const hook = join(folder, 'killed.cjs');
  writeFileSync(
    hook,
    `const { isMainThread } = require('node:worker_threads');
    if (!isMainThread) {
      const { InferenceSession } = require(${JSON.stringify(require.resolve('onnxruntime-node'))});
      InferenceSession.prototype.run = () => {
        require('node:fs').writeSync(2, 'the driver gave up\\n');
        process.kill(process.pid, 'SIGSEGV');
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      };
    }`,
  );
  let started = 0;
  const open = hosted({
    ...hosting,
    environment: (): Readonly<Record<string, string>> =>
      started++ === 0 ? { NODE_OPTIONS: `--require=${hook}` } : {},
  })(0, settings);
  return opened(remoteEngine({ name: 'killed', label: 'The engine', open }));
}

/** Answers every request at once and fails every run; records the requests in `asked`. */
function refusing(asked: string[]): Open {
  return ({ answer }) => ({
    post({ id, kind, ...question }) {
      asked.push(`${kind} ${question.program}`);
      queueMicrotask(() =>
        answer(kind === 'run' ? { id, kind: 'environment', error: 'refused' } : { id, arrays: {} }),
      );
    },
    hold: () => undefined,
    end: async () => undefined,
  });
}

/** An engine whose thread exits at the first run. */
function exiting(): Engine {
  const code = `const { parentPort } = require('node:worker_threads');
    parentPort.on('message', ({ id, kind }) => {
      if (kind === 'run') process.exit(3);
      parentPort.postMessage({ id, arrays: {} });
    });`;
  const open = channelTo(() => new Worker(code, { eval: true }), 'JavaScript');
  return opened(remoteEngine({ name: 'exiting', label: 'The engine', open }));
}

describe('an engine', () => {
  it('rejects all pending requests when its thread ends', async () => {
    const engine = exiting();
    const program = await engine.compile(doubled());
    const runs = [program.run({ x }), program.run({ x }), program.state()];
    for (const run of runs) {
      await expect(run).rejects.toMatchObject({
        kind: 'environment',
        message: 'The engine ended unexpectedly, with exit code 3',
      });
    }
    await expect(program.run({ x })).rejects.toThrow('ended unexpectedly');
    await program.dispose();
  });

  it('reports how its process ended and restarts it for the next program', async () => {
    const engine = killed();
    const program = await engine.compile(doubled());
    await expect(program.run({ x })).rejects.toThrow(
      'The engine ended unexpectedly, by signal SIGSEGV, saying: the driver gave up',
    );
    const { y } = await (await engine.compile(doubled())).run({ x });
    expect(numbers(y!)).toEqual([2, 4, 6]);
  });

  it('runs a program in a separate process', async () => {
    const engine = opened(onnxRuntime());
    const program = await engine.compile(doubled());
    expect(numbers((await program.run({ x })).y!)).toEqual([2, 4, 6]);
  });

  it.each([
    ['ONNX Runtime', onnxRuntime],
    ['TensorFlow.js', tensorflow],
  ])('dispose stops a run and the engine can be used again: %s', async (_, open) => {
    const engine = opened(open());
    const program = await engine.compile(slow());
    const run = program.run({ x: float32(new Float32Array(1500 ** 2), [1500, 1500]) });
    const stopped = expect(run).rejects.toMatchObject({ kind: 'cancelled' });
    await engine.dispose();
    await stopped;
    const { y } = await (await engine.compile(doubled())).run({ x });
    expect(numbers(y!)).toEqual([2, 4, 6]);
  });

  it('releases programs that preparation compiled', async () => {
    const asked: string[] = [];
    const engine = remoteEngine({
      name: 'refusing',
      label: 'The engine',
      open: refusing(asked),
      async prepare(graph, _blocked, _given, run) {
        await expect(run(graph, { x })).rejects.toThrow('The engine: refused');
        return asGiven(graph);
      },
    });
    await (await engine.compile(doubled())).dispose();
    expect(asked).toEqual(['compile 1', 'run 1', 'release 1', 'compile 0', 'release 0']);
  });

  it('is held until it has ended, whatever it still answers', async () => {
    const held: boolean[] = [];
    const engine = remoteEngine({
      name: 'slow',
      label: 'The engine',
      open: ({ answer }) => {
        const asked: number[] = [];
        return {
          post({ id, kind }) {
            if (kind === 'compile') queueMicrotask(() => answer({ id, arrays: {} }));
            else asked.push(id);
          },
          hold: (waiting) => void held.push(waiting),
          async end() {
            for (const id of asked) answer({ id, arrays: {} });
          },
        };
      },
    });
    const program = await engine.compile(doubled());
    const release = expect(program.dispose()).rejects.toMatchObject({ kind: 'cancelled' });
    await engine.dispose();
    await release;
    expect(held).toEqual([true, false, true]);
  });

  it('runs no further batch after an interrupt', async () => {
    const program = await opened(onnxRuntime()).compile(doubled());
    const stop = new AbortController();
    let batches = 0;
    const counted: Pick<Program, 'run' | 'sessions'> = {
      sessions: 1,
      run: async (feeds) => {
        if (++batches === 3) stop.abort();
        return program.run(feeds);
      },
    };
    const rows = { x: { data: new Float32Array(300), shape: [100, 3] } };
    const run = runRows(counted, rows, 1, { progress: silent, signal: stop.signal });
    await expect(run).rejects.toMatchObject({ kind: 'cancelled' });
    expect(batches).toBe(3);
  });

  it.each([
    ['another length', { x: float32([1, 2], [1, 2]) }, "input 'x' takes float32 [N,3]; got float32 [1,2]"],
    ['another rank', { x: float32([1, 2, 3]) }, "input 'x' takes float32 [N,3]; got float32 [3]"],
    [
      'another type',
      { x: { type: 'int32' as const, data: Int32Array.of(1, 2, 3), shape: [1, 3] } },
      "input 'x' takes float32 [N,3]; got int32 [1,3]",
    ],
    [
      'too few values',
      { x: float32([1, 2, 3], [2, 3]) },
      "input 'x' takes float32 [N,3]; 3 values do not fill the shape [2,3]",
    ],
    ['nothing', {}, "input 'x' takes float32 [N,3]; nothing was given"],
  ])('refuses %s', async (_, feeds, message) => {
    const program = await opened(onnxRuntime()).compile(doubled());
    await expect(program.run(feeds)).rejects.toMatchObject({ kind: 'input', message });
  });

  it.each(['thread', 'process'])('does not keep the event loop alive without requests: %s', (kind) => {
    const script = join(folder, `${kind}.cjs`);
    const file = (module: string) => JSON.stringify(compiledFile(`engine/${module}`));
    const open =
      kind === 'thread'
        ? `require(${file('thread')}).thread('engine/onnxruntime-worker', settings)`
        : `require(${file('process')}).hosted(${JSON.stringify(hosting)})(0, settings)`;
    writeFileSync(
      script,
      `const settings = ${JSON.stringify(settings)};
      const graph = ${JSON.stringify({ ...doubled(), initializers: undefined })};
      const engine = require(${file('remote')}).remoteEngine({ name: 'x', label: 'x', open: ${open} });
      engine.compile({ ...graph, initializers: new Map() })
        .then((program) => program.run({ x: { type: 'float32', data: Float32Array.of(1, 2, 3), shape: [1, 3] } }))
        .then(({ y }) => console.log(String(y.data)));`,
    );
    const { stdout, stderr, status } = spawnSync(process.execPath, [script], { encoding: 'utf8' });
    expect([stdout.trim(), stderr, status]).toEqual(['2,4,6', '', 0]);
  });
});
