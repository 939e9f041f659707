import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { benchmark } from '../api/benchmark.js';
import { tune } from '../api/tune.js';
import { method } from '../attribution/method.js';
import { number, searched } from '../base/options.js';
import { ModelMessage, type ModelProto } from '../graph/schema.js';
import { runLine } from '../testing/command-line.js';
import { withWeightsBeside } from '../testing/weights-beside.js';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

let dir: string;
const at = (...parts: string[]) => join(dir, ...parts);
const text = (...parts: string[]) => readFile(at(...parts), 'utf8');

/** A model and its prepared set. */
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sightline-'));
  const made = await runLine(
    ...['benchmark', '--dataset', 'phantom', '--dataset-option', 'images=80;size=64', '--size', '32'],
    ...['--epochs', '5', '--rate', '0.01', '--width', '8', '--stride', '2', '--batch', '8', '--cases', 'all'],
    ...['--methods', 'random', '--metrics', 'pointing-game', '--explain', '1'],
    ...['--draw', at('drawn'), '--out', at('whole')],
  );
  expect(made.code).toBe(0);
});
afterAll(() => rm(dir, { recursive: true }));

describe('tuning', () => {
  const line = (out: string, ...more: string[]) => [
    ...[
      'tune',
      'rise',
      '--cases',
      'all',
      '--metric',
      'pointing-game',
      '--data',
      at('whole', 'prepared'),
      '--out',
      out,
    ],
    ...['--model', at('whole', 'model.onnx'), '--explain', '3', '--samples', '8', '--trials', '4', ...more],
  ];
  const tuned = async (out: string) => JSON.parse(await text(out, 'tuned.json'));

  it('tries the usual options and others, and resumes after the last trial', async () => {
    expect((await runLine(...line(at('tuned')))).code).toBe(0);
    const { tried, options, images } = await tuned('tuned');
    expect([images, tried.rise.length, tried.rise[0].options]).toEqual([3, 4, {}]);
    expect(tried.rise.map(({ options }: { options: object }) => options)).toContainEqual(options.rise);
    const before = await text('tuned', 'tuned.json');
    await rm(at('tuned', 'steps', 'trial-rise-3.json'));
    const kept = (await stat(at('tuned', 'steps', 'trial-rise-2.json'))).mtimeMs;
    expect((await runLine(...line(at('tuned')))).code).toBe(0);
    expect(await text('tuned', 'tuned.json')).toBe(before);
    expect((await stat(at('tuned', 'steps', 'trial-rise-2.json'))).mtimeMs).toBe(kept);
    expect((await runLine(...line(at('tuned'), '--seed', '1'))).errors.join()).toContain('seed was 0, now 1');
  });

  it('does not go on with other weights beside its model', async () => {
    const model = await readFile(at('whole', 'model.onnx'));
    const { graph } = ModelMessage.decode(model) as ModelProto;
    const largest = graph!.initializer!.reduce((a, b) => (a.raw_data!.length > b.raw_data!.length ? a : b));
    const { bytes, weights } = withWeightsBeside(model, largest.name!);
    await writeFile(at('beside.onnx'), bytes);
    await writeFile(at('weights.bin'), weights);
    const given = at('whole', 'model.onnx');
    const args = line(at('beside')).map((arg) => (arg === given ? at('beside.onnx') : arg));
    expect((await runLine(...args)).code).toBe(0);
    await writeFile(at('weights.bin'), weights.toReversed());
    expect((await runLine(...args)).errors.join()).toMatch(/weights\.weights\.bin was "[0-9a-f]{64}"/);
  });

  it('says before anything else that a model has not learned the task', async () => {
    const [data, model] = [at('whole', 'prepared'), at('untrained.onnx')];
    const training = ['--epochs', '1', '--rate', '0.0000001', '--width', '4', '--stride', '2'];
    expect((await runLine('train', '--data', data, ...training, '--out', model)).code).toBe(0);
    const args = line(at('untrained')).map((arg) => (arg === at('whole', 'model.onnx') ? model : arg));
    const { out: printed } = await runLine(...args);
    expect(printed.join()).toMatch(
      /^CAUTION: the model may not have learned the task: of validation images, the /,
    );
    const { chance } = await tuned('untrained');
    expect(printed.join()).toContain(chance);
  });

  it("is a function, which takes one's own methods and refuses unknown options", async () => {
    const sign = searched(number({ doc: 'the factor', default: -1 }), { from: -1, to: 1 });
    const bright = method({
      ...{ name: 'bright', family: 'perturbation', doc: 'How bright the input is.', maps: 'input' },
      options: { sign },
      attribute: async ({ input: { data, shape }, options }) => ({
        map: { data: data.map((value) => options.sign * value), shape },
        evaluations: { forward: 0, backward: 0 },
      }),
    });
    const of = {
      data: at('whole', 'prepared'),
      model: at('whole', 'model.onnx'),
      explain: 3,
      cases: 'all',
    } as const;
    const search = { ...of, methods: [bright], metric: 'energy-pointing-game', trials: 6 } as const;
    const { tried, options } = await tune({ ...search, out: at('own') });
    const means = tried.bright!.map(({ mean }) => mean!);
    expect(means[0]).toBeLessThan(Math.max(...means));
    expect(options.bright!.sign).toBeGreaterThan(0);
    const { explain, cases, model, data } = of;
    const given = {
      dataset: data,
      model,
      explain,
      cases,
      tuned: at('own', 'tuned.json'),
      out: at('with-own'),
    };
    const { summary } = await benchmark({ ...given, methods: [bright], metrics: ['energy-pointing-game'] });
    expect(summary[0]!.method).toBe('bright');
    expect(() => tune({ ...search, trials: 1, out: at('never') })).toThrow("option 'trials' of tune got 1");
  });

  it('chooses nothing for a method whose maps have no score, and keeps why', async () => {
    const gain = searched(number({ doc: 'nothing', default: 1 }), { from: 1, to: 2 });
    const flat = method({
      ...{ name: 'flat', family: 'perturbation', doc: 'No relevance.', maps: 'input' },
      options: { gain },
      attribute: async ({ input: { data, shape } }) => ({
        map: { data: data.map(() => 0), shape },
        evaluations: { forward: 0, backward: 0 },
      }),
    });
    const of = { data: at('whole', 'prepared'), model: at('whole', 'model.onnx'), cases: 'all' } as const;
    const search = { ...of, methods: [flat], metric: 'relevance-rank', trials: 2, explain: 2 } as const;
    const { tried, options } = await tune({ ...search, out: at('flat') });
    expect(tried.flat).toMatchObject(
      [1, 2].map(() => ({ mean: null, undefined: 2, why: 'the map is flat' })),
    );
    expect(options).toEqual({});
  });

  it('gives its options to a benchmark, whose report says so', async () => {
    const set = { cells: 3, keep: 0.4 };
    const file = at('chosen.json');
    const made = { metric: 'pointing-game', trials: 4, images: 3, data: 'phantom', options: { rise: set } };
    await writeFile(file, JSON.stringify(made));
    const out = at('with-tuned');
    const { code, out: printed } = await runLine(
      ...['benchmark', '--data', at('whole', 'prepared'), '--model', at('whole', 'model.onnx'), '--out', out],
      ...['--methods', 'rise,random', '--metrics', 'pointing-game', '--explain', '2', '--samples', '8'],
      ...['--tuned', file],
    );
    const said =
      'Options tuned by pointing-game on 3 validation images of phantom, 4 trials for each method: rise (cells=3 keep=0.4); all other methods as they are.';
    expect([code, printed.includes(said)]).toEqual([0, true]);
    expect(await text('with-tuned', 'report.html')).toContain(said);
    const rise = JSON.parse(await text('with-tuned', 'manifest.json')).methods.find(
      ({ method }: { method: string }) => method === 'rise',
    );
    expect(rise.options).toMatchObject(set);
  });

  it.each([
    [{ options: { gradcan: {} } }, "unknown method (FILE) 'gradcan'; did you mean 'gradcam'?"],
    [{ options: { rise: { cells: 0 } } }, "option 'cells' of method rise (FILE) got 0"],
  ])('refuses a file with %j', async (wrong, said) => {
    const file = at('wrong.json');
    await writeFile(file, JSON.stringify({ metric: 'x', trials: 1, images: 1, data: 'x', ...wrong }));
    const { code, errors } = await runLine(...benchmarked(file));
    expect([code, errors.join().replaceAll(file, 'FILE')]).toEqual([2, expect.stringContaining(said)]);
  });

  const benchmarked = (file: string) => [
    ...['benchmark', '--data', at('whole', 'prepared'), '--model', at('whole', 'model.onnx')],
    ...['--methods', 'rise', '--out', at('never'), '--tuned', file],
  ];
});
