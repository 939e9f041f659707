import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';
import { compiledFile } from '../base/workers.js';
import { startGraph } from '../graph/builder.js';
import { float32, int64 } from '../graph/elements.js';
import type { Graph, Value } from '../graph/graph.js';
import { writeOnnx } from '../graph/write.js';
import { writeNpy } from '../tensor/npy.js';
import { sharedIsThere, sharedPath } from '../testing/shared.js';
import type { Engine } from './engine.js';
import { type LimitOptions, limitsOf, secondsFor } from './limits.js';
import { onnxRuntime } from './onnxruntime.js';
import { remoteEngine } from './remote.js';
import { thread } from './thread.js';

const engines: Engine[] = [];
const folder = mkdtempSync(join(tmpdir(), 'sightline-'));
const opened = (limits: LimitOptions = {}) => {
  const engine = onnxRuntime('cpu', 1, limits);
  engines.push(engine);
  return engine;
};
afterAll(async () => {
  await Promise.all(engines.map((engine) => engine.dispose()));
  rmSync(folder, { recursive: true });
});

const value = (name: string, shape: readonly (number | string)[]): Value => ({
  name,
  type: 'float32',
  shape,
});

/** A Loop on x `[N, 3, 8, 8]` whose condition stays true, so that y is never computed. */
function endless(): Graph {
  const truth = { type: 'bool' as const, data: Uint8Array.of(1), shape: [] };
  const inner = startGraph('body');
  inner.emit('Identity', ['goes on'], {}, 'goes on still');
  inner.emit('Identity', ['from'], {}, 'to');
  const whole = { type: 'bool' as const, shape: [] };
  const body = inner.finish(
    [
      { name: 'turn', type: 'int64', shape: [] },
      { name: 'goes on', ...whole },
      { name: 'from', type: 'float32' },
    ],
    [
      { name: 'goes on still', ...whole },
      { name: 'to', type: 'float32' },
    ],
  );
  const b = startGraph('endless');
  const looped = b.emit('Loop', ['', b.constant(truth), 'x'], { body: { kind: 'graph', value: body } });
  b.emit('ReduceMean', [looped, b.constant(int64([2, 3]))], { keepdims: { kind: 'int', value: 0 } }, 'y');
  return b.finish([value('x', ['N', 3, 8, 8])], [value('y', ['N', 3])]);
}

/** y = x + 0, with 2 GB of zeros: x `[1]`, y `[500000000]`. */
function greedy(): Graph {
  const b = startGraph('greedy');
  b.emit('Expand', ['x', b.constant(int64([5e8]))], {}, 'y');
  return b.finish([value('x', [1])], [{ name: 'y', type: 'float32' }]);
}

/** y = 2 x, `[N, 3]`. */
function doubled(): Graph {
  const b = startGraph('double');
  b.emit('Add', ['x', 'x'], {}, 'y');
  return b.finish([value('x', ['N', 3])], [value('y', ['N', 3])]);
}

const image = float32(new Float32Array(192).fill(0.5), [1, 3, 8, 8]);
const command = [compiledFile('cli/main'), 'attribute', '--targets', '0', '--method', 'occlusion'];

/** Explains a model file with the command line in a separate process. */
async function explain(model: string, ...more: string[]): Promise<ChildProcess & { said: () => string }> {
  const x = join(folder, 'x.npy');
  await writeNpy(x, image);
  const child = spawn(
    process.execPath,
    [...command, '--model', model, '--input', x, '--out', join(folder, 'm.npy'), ...more],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let said = '';
  child.stderr.on('data', (text) => {
    said += text;
  });
  return Object.assign(child, { said: () => said });
}

describe('the process of an engine', () => {
  it('ends at the time limit and starts again', async () => {
    const engine = opened({ timeLimit: 1 });
    const program = await engine.compile(endless());
    await expect(program.run({ x: image })).rejects.toMatchObject({
      kind: 'limit',
      message: 'ONNX Runtime ran out of time: a call may take 1 s (the time limit)',
    });
    expect(program.alive()).toBe(false);
    const { y } = await (await engine.compile(doubled())).run({ x: float32([1, 2, 3], [1, 3]) });
    expect([...y!.data]).toEqual([2, 4, 6]);
  });

  it('ends at the memory limit', async () => {
    const program = await opened({ memoryLimit: 0.5 }).compile(greedy());
    await expect(program.run({ x: float32([1]) })).rejects.toThrow(
      'ONNX Runtime ran out of memory: it may take 0.500 GB (the memory limit)',
    );
  });

  it('gives the same results as a thread, for arrays of any size', async () => {
    const settings = JSON.stringify({ provider: 'cpu', threads: 1 });
    const open = thread('engine/onnxruntime-worker', settings);
    const inThread = remoteEngine({ name: 'thread', label: 'A thread', open });
    engines.push(inThread);
    const programs = await Promise.all([inThread, opened()].map((engine) => engine.compile(doubled())));
    for (const rows of [1, 3000, 100_000, 7]) {
      const x = float32(
        Float32Array.from({ length: 3 * rows }, (_, i) => i / 7),
        [rows, 3],
      );
      // The two programs on the same engine share a queue.
      const [a, b, c] = await Promise.all(
        [programs[0]!, programs[1]!, programs[1]!].map((p) => p.run({ x })),
      );
      expect(b).toEqual(a);
      expect(c).toEqual(a);
    }
  });

  it('gives each of many runs its own answer, whatever their sizes', async () => {
    const program = await opened().compile(doubled());
    const runs = Array.from({ length: 9 }, (_, n) => {
      const rows = n % 3 === 0 ? 2 : 5000 * n;
      return float32(new Float32Array(3 * rows).fill(n), [rows, 3]);
    });
    const answers = await Promise.all(runs.map((x) => program.run({ x })));
    for (const [n, { y }] of answers.entries()) {
      expect(y!.shape).toEqual(runs[n]!.shape);
      expect(y!.data.every((v) => v === 2 * n)).toBe(true);
    }
  });

  it('ends with its parent, even inside an endless loop', async () => {
    const file = (module: string) => JSON.stringify(compiledFile(module));
    const model = join(folder, 'endless.onnx');
    await writeOnnx(model, endless());
    const script = join(folder, 'killed.cjs');
    writeFileSync(
      script,
      `const cp = require('node:child_process');
      const { fork } = cp;
      cp.fork = (...given) => { const child = fork(...given); console.log(child.pid); return child; };
      const { onnxRuntime } = require(${file('engine/onnxruntime')});
      require(${file('graph/read')}).readOnnx(${JSON.stringify(model)})
        .then((graph) => onnxRuntime('cpu', 1).compile(graph))
        .then((program) => {
          const x = { type: 'float32', data: new Float32Array(192), shape: [1, 3, 8, 8] };
          program.run({ x });
          setTimeout(() => console.log('runs'), 500);
        });`,
    );
    const parent = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines = createInterface(parent.stdout)[Symbol.asyncIterator]();
    const pid = Number((await lines.next()).value);
    expect((await lines.next()).value).toBe('runs');
    expect(isThere(pid)).toBe(true);
    parent.kill('SIGKILL');
    await expect.poll(() => isThere(pid), { timeout: 5000 }).toBe(false);
  });

  it.each([
    ['SIGINT', 'command'],
    ['SIGTERM', 'command'],
    ['SIGINT', 'process'],
  ] as const)(
    '%s to the %s stops a command inside an endless loop',
    async (signal, to) => {
      const model = join(folder, 'endless.onnx');
      await writeOnnx(model, endless());
      const child = await explain(model);
      await expect.poll(() => childrenOf(child), { timeout: 20_000 }).toHaveLength(1);
      const [host] = childrenOf(child);
      await wait(2000);
      process.kill(to === 'command' ? child.pid! : host!, signal);
      const [code] = await once(child, 'close');
      expect([code, child.said()]).toEqual([130, 'sightline: stopped\n']);
      expect(isThere(host!)).toBe(false);
    },
    60_000,
  );

  it.skipIf(!sharedIsThere).each([
    ['10964_GatherND', 'ended unexpectedly, by signal SIGSEGV'],
    ['1198_Mod', 'ended unexpectedly, by signal SIGFPE'],
    ['519_OneHot', 'ended unexpectedly, by signal SIGABRT\n'],
    ['1901_Pad', 'ran out of memory: it may take 1.00 GB (the memory limit)'],
  ])('reports a crash with the model file: %s', async (name, how) => {
    const model = sharedPath('cases/hostile', `${name}.onnx`);
    const child = await explain(model, '--memory-limit', '1');
    const [code] = await once(child, 'close');
    expect(code).toBe(1);
    expect(child.said()).toMatch(/^.*\n$/);
    expect(child.said()).toContain(`sightline: ${model}: ONNX Runtime ${how}`);
  });
});

describe('the limits of an engine', () => {
  it('default to 120 s or 1,000 times the longest call', () => {
    const limits = limitsOf({ memoryLimit: 2 });
    expect(limits).toEqual({ memory: 2e9, seconds: undefined });
    expect([secondsFor(limits, 0.05), secondsFor(limits, 3)]).toEqual([120, 3000]);
    expect(secondsFor(limitsOf({ timeLimit: 7 }), 3)).toBe(7);
  });
});

/** The process ids of a process's children. */
function childrenOf({ pid }: ChildProcess): readonly number[] {
  const listed = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return listed.split(' ').filter(Boolean).map(Number);
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
