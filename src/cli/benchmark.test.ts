import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { compiledFile } from '../base/workers.js';
import { float32 } from '../graph/elements.js';
import { readOnnx } from '../graph/read.js';
import { writeOnnx } from '../graph/write.js';
import { readNpy } from '../tensor/npy.js';
import { type Ran, runLine } from '../testing/command-line.js';
import { methods, metrics, smallBenchmark } from '../testing/small-benchmark.js';

vi.setConfig({ testTimeout: 240_000, hookTimeout: 240_000 });

let dir: string;
let whole: Ran;
const at = (...parts: string[]) => join(dir, ...parts);
const line = (out: string, ...more: string[]) => smallBenchmark(at('drawn'), out, ...more);
const text = (...parts: string[]) => readFile(at(...parts), 'utf8');
const manifestOf = async (run: string) => JSON.parse(await text(run, 'manifest.json'));

/** Starts the built command line and stops it by a signal when a file is there. */
async function stoppedAt(file: string, signal: 'SIGKILL' | 'SIGINT', args: readonly string[]) {
  const child = spawn(process.execPath, [compiledFile('cli/main'), ...args], { stdio: 'ignore' });
  const ended = new Promise<{ code: number | null; signal: string | null }>((resolve) => {
    child.on('exit', (code, by) => resolve({ code, signal: by }));
  });
  while (!existsSync(file) && child.exitCode === null) await setTimeout(5);
  child.kill(signal);
  return ended;
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sightline-benchmark-'));
  whole = await runLine(...line(at('whole')));
});
afterAll(() => rm(dir, { recursive: true }));

describe('a benchmark', () => {
  it('prints what it found, and where the time went', () => {
    expect(whole.code).toBe(0);
    const printed = whole.out.join('\n');
    expect(printed).toMatch(/phantom-presence: \d+ training, \d+ validation, \d+ test images/);
    for (const word of ['relevance-', 'pointing-', 'deletion ↓']) expect(printed).toContain(word);
    for (const name of ['gradient', 'gradcam', '~ random', '~ sobel']) {
      expect(whole.out.some((row) => row.startsWith(name))).toBe(true);
    }
    for (const stage of ['prepare', 'train', 'test', 'explain', 'score', 'statistics', 'report', 'all']) {
      expect(whole.out.some((row) => row.startsWith(`${stage} `))).toBe(true);
    }
    expect(whole.out.at(-1)).toBe(`report: ${at('whole', 'report.html')}`);
  });

  it('says in its manifest what made it, and no path of the machine', async () => {
    const manifest = await manifestOf('whole');
    expect(manifest).toMatchObject({
      format: 'sightline-run',
      config: { dataset: 'phantom', task: 'presence', seed: 0, methods, metrics, explain: 5, steps: 8 },
      versions: { node: process.versions.node },
      processor: cpus()[0]!.model,
      engine: 'cpu',
      images: { train: 56, validation: 12, test: 12 },
      model: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/), epochs: 5 },
      metrics: { deletion: { steps: 8 } },
    });
    expect(manifest.seconds.statistics).toBeGreaterThan(0);
    expect(manifest.config.training).toMatchObject({ epochs: 5, width: 8 });
    expect(manifest.data.contentHash).toMatch(/^[0-9a-f]{64}$/);
    expect(manifest.methods.map(({ method }: { method: string }) => method)).toEqual(methods);
    for (const { sha256 } of manifest.methods) expect(sha256).toMatch(/^[0-9a-f]{64}$/);
    for (const file of ['manifest.json', 'config.json', 'report.html']) {
      expect(await text('whole', file)).not.toContain(dir);
      expect(await text('whole', file)).not.toContain(process.cwd());
    }
  });

  it('keeps the maps as arrays and the tables in two forms', async () => {
    const { test } = await manifestOf('whole');
    for (const name of methods) {
      const { shape, data } = await readNpy(at('whole', 'maps', `${name}.npy`));
      expect(shape).toEqual([test.explained, 1, 32, 32]);
      expect((data as Float32Array).every(Number.isFinite)).toBe(true);
    }
    const summary = (await text('whole', 'summary.csv')).trimEnd().split('\n');
    expect(summary).toHaveLength(1 + methods.length * metrics.length);
    const scores = (await text('whole', 'scores.csv')).trimEnd().split('\n');
    expect(scores).toHaveLength(1 + methods.length * metrics.length * test.explained);
    for (const table of ['summary', 'scores']) {
      expect((await readFile(at('whole', `${table}.parquet`))).subarray(0, 4).toString()).toBe('PAR1');
    }
  });

  it('killed half-way and started again gives the same numbers, byte for byte', async () => {
    const ended = await stoppedAt(
      at('killed', 'steps', 'explain-gradcam.json'),
      'SIGKILL',
      line(at('killed')),
    );
    expect(ended.signal).toBe('SIGKILL');
    expect(existsSync(at('killed', 'manifest.json'))).toBe(false);
    const model = (await stat(at('killed', 'model.onnx'))).mtimeMs;
    const again = await runLine(...line(at('killed')));
    expect(again.code).toBe(0);
    expect((await stat(at('killed', 'model.onnx'))).mtimeMs).toBe(model);
    for (const table of ['summary.csv', 'scores.csv']) {
      expect(await text('killed', table)).toBe(await text('whole', table));
    }
    const [one, other] = [await manifestOf('whole'), await manifestOf('killed')];
    expect({ ...other, seconds: 0 }).toEqual({ ...one, seconds: 0 });
  });

  it('ends with 130 on Ctrl-C, keeps what is done and leaves nothing half-written', async () => {
    const ended = await stoppedAt(at('stopped', 'steps', 'train.json'), 'SIGINT', line(at('stopped')));
    expect(ended.code).toBe(130);
    const left = await readdir(at('stopped'), { recursive: true });
    expect(left.filter((name) => name.endsWith('.part'))).toEqual([]);
    expect(JSON.parse(await text('stopped', 'steps', 'train.json'))).toHaveProperty('made.history');
  });

  it('begun again, scores only new metrics and drops those left out', async () => {
    const before = await text('whole', 'steps', 'explain-gradient.json');
    const more = line(at('whole')).map((word) => (word === metrics.join(',') ? 'iou-otsu' : word));
    expect((await runLine(...more)).code).toBe(0);
    expect(await text('whole', 'summary.csv')).toContain('iou-otsu');
    expect(await text('whole', 'steps', 'explain-gradient.json')).toBe(before);
    const { made: kept } = JSON.parse(await text('whole', 'steps', 'score-gradient.json'));
    expect(Object.keys(kept)).toEqual([...metrics, 'iou-otsu']);
    whole = await runLine(...line(at('whole')));
    expect(whole.code).toBe(0);
  });

  it('begins again as a refusal of the model advises', async () => {
    const grey = ['--model', at('whole', 'model.onnx')];
    const refused = await runLine(...line(at('advised'), ...grey, '--channels', '3'));
    expect(refused.errors.join()).toContain('--channels 1');
    const advised = await runLine(...line(at('advised'), ...grey, '--channels', '1'));
    expect(advised.code, advised.errors.join()).toBe(0);
    expect(JSON.parse(await text('advised', 'summary.json')).images).toEqual(
      JSON.parse(await text('whole', 'summary.json')).images,
    );
  });

  it('refuses a folder of another configuration, naming what differs', async () => {
    const told = await runLine(...line(at('whole'), '--seed', '1'));
    expect(told.code).toBe(2);
    expect(told.errors.at(-1)).toMatch(/another configuration \(seed was 0, now 1\)/);
  });

  it('makes a map again that was lost or changed', async () => {
    const before = await readFile(at('whole', 'maps', 'gradient.npy'));
    await writeFile(at('whole', 'maps', 'gradient.npy'), before.subarray(0, 200));
    expect((await runLine(...line(at('whole')))).code).toBe(0);
    expect(await readFile(at('whole', 'maps', 'gradient.npy'))).toEqual(before);
  });

  it('skips a method that does not apply to the model, and says why', async () => {
    const other = [...methods, 'attention-rollout'].join(',');
    const args = line(at('whole')).map((word) => (word === methods.join(',') ? other : word));
    const told = await runLine(...args);
    expect(told.code).toBe(0);
    expect(told.out.some((row) => /^attention-rollout does not apply: .*attention/.test(row))).toBe(true);
    const { skipped } = await manifestOf('whole');
    expect(skipped).toEqual([{ method: 'attention-rollout', skipped: expect.stringContaining('attention') }]);
  });

  it('of a given model knows it by its content and does not train', async () => {
    const model = ['--model', at('whole', 'model.onnx')];
    expect((await runLine(...line(at('given'), ...model))).code).toBe(0);
    expect(await text('given', 'summary.csv')).toBe(await text('killed', 'summary.csv'));
    expect(existsSync(at('given', 'model.onnx'))).toBe(false);
    const missing = await runLine(...line(at('missing'), '--model', at('no.onnx')));
    expect([missing.code, missing.errors.at(-1)]).toEqual([1, expect.stringContaining('no.onnx')]);
  });

  it('warns where a given model names other classes than the task', async () => {
    const graph = await readOnnx(at('whole', 'model.onnx'));
    const told = { ...JSON.parse(graph.metadata.sightline!), classes: ['benign', 'malignant'] };
    await writeOnnx(at('named.onnx'), {
      ...graph,
      metadata: { ...graph.metadata, sightline: JSON.stringify(told) },
    });
    const { code, out } = await runLine(...line(at('named'), '--model', at('named.onnx')));
    expect(code).toBe(0);
    expect(out.join('\n')).toContain(
      "CAUTION: the model's file names its outputs benign, malignant; they were taken for no Lung Opacity, Lung Opacity, in this order.",
    );
    expect(whole.out.join('\n')).not.toContain('names its outputs');
  });

  it('says how it reads a single output that its file does not explain', async () => {
    const graph = await readOnnx(at('whole', 'model.onnx'));
    const told = { ...JSON.parse(graph.metadata.sightline!), classes: ['Lung Opacity'] };
    // A half is the middle of this output, as of a regression of 0 and 1.
    const initializers = new Map(graph.initializers)
      .set('weights', float32([-0.01, 0.01], [2, 1]))
      .set('half', float32([0.5], [1]));
    const named = (op: string, inputs: string[], output: string) => ({
      ...{ op, name: output, domain: '', inputs, outputs: [output], attributes: {} },
    });
    await writeOnnx(at('one.onnx'), {
      ...graph,
      initializers,
      nodes: [
        ...graph.nodes,
        named('MatMul', [graph.outputs[0]!.name, 'weights'], 'margin'),
        named('Add', ['margin', 'half'], 'opacity'),
      ],
      outputs: [{ name: 'opacity', type: 'float32', shape: ['N', 1] }],
      metadata: { ...graph.metadata, sightline: JSON.stringify(told) },
    });
    const model = ['--model', at('one.onnx'), '--cases', 'all'];
    const plain = await runLine(...line(at('one'), ...model));
    expect(plain.out[0], plain.errors.join()).toMatch(/^CAUTION: the model may not have learned the task/);
    expect(plain.out[1]).toBe(
      "The model's file does not tell what its output is: probabilities are the sigmoid of the output (of one output; head regression where it is a quantity); 'Lung Opacity' is predicted where it is above 0. Option head states something else, such as probability, predicted above one half.",
    );
    const stated = await runLine(...line(at('stated'), ...model, '--head', 'probability'));
    expect(stated.out.join()).not.toContain('does not tell');
    const { read } = JSON.parse(await text('stated', 'summary.json'));
    expect(read).toEqual({
      normalisation: expect.stringContaining('of pixels of 0 to 1'),
      head: expect.stringContaining('it holds probabilities'),
    });
    expect(stated.out).toContain(`normalisation: ${read.normalisation}`);
    expect(await text('stated', 'report.html')).toContain('<dt>normalisation</dt>');
    const accuracy = async (run: string) => JSON.parse(await text(run, 'summary.json')).test.accuracy;
    expect(await accuracy('one')).toBeLessThan(await accuracy('whole'));
    expect(await accuracy('stated')).toBe(await accuracy('whole'));
    const again = await runLine('evaluate', at('stated'), '--model', at('one.onnx'), '--metrics', 'deletion');
    expect(again.code, again.errors.join()).toBe(0);
    expect(await accuracy('stated')).toBe(await accuracy('whole'));
    const other = await runLine(...line(at('stated'), ...model, '--head', 'sigmoid'));
    expect(other.errors.at(-1)).toMatch(
      /another configuration \(head was "?probability"?, now "?sigmoid"?\)/,
    );
    const trained = await runLine(...line(at('trained'), '--head', 'sigmoid'));
    expect(trained.errors.at(-1)).toContain('a head is of a model that was given');
  });

  it('prints as JSON what its summary holds, cautions first', async () => {
    const told = await runLine(...line(at('whole'), '--json'));
    const found = JSON.parse(told.out.join('\n'));
    expect(found).toEqual(JSON.parse(await text('whole', 'summary.json')));
    expect(found).toMatchObject({ format: 'sightline-summary', task: 'phantom-presence' });
    expect(found.cautions).toEqual(
      found.test.chance === undefined ? [] : [expect.stringContaining(found.test.chance)],
    );
    expect(found.summary).toHaveLength(methods.length * metrics.length);
    expect(found.verdict[0]).toMatch(/^By relevance-rank, \d of 2 methods beat every .* Holm's correction/);
  });

  it('keeps target, prediction and lesion size beside each score', async () => {
    const [head, first] = (await text('whole', 'scores.csv')).split('\n').map((row) => row.split(','));
    const row = Object.fromEntries(head!.map((name, i) => [name, first![i]]));
    expect(row).toMatchObject({ target: 'Lung Opacity', prediction: 'Lung Opacity' });
    expect(Number(row.probability)).toBeGreaterThan(0.5);
    expect(Number(row.lesionPixels) / 64 ** 2).toBeCloseTo(Number(row.lesionShare), 9);
  });

  it('computes in the precision that is asked for, and records it', async () => {
    const model = ['--model', at('whole', 'model.onnx'), '--precision', 'float32'];
    expect((await runLine(...line(at('single'), ...model))).code).toBe(0);
    expect(await text('single', 'manifest.json')).toMatch(/"precision": "float32"/);
  });

  it('takes a prepared set, and gives the same scores', async () => {
    const model = ['--model', at('whole', 'model.onnx')];
    const words = line(at('prepared'), ...model);
    const own = words.slice(words.indexOf('--metrics'));
    const told = await runLine('benchmark', '--data', at('whole', 'prepared'), ...own);
    expect(told.code, told.errors.join('\n')).toBe(0);
    expect(await text('prepared', 'scores.csv')).toBe(await text('whole', 'scores.csv'));
    const both = await runLine(...words, '--data', at('whole', 'prepared'));
    expect([both.code, both.errors.at(-1)]).toEqual([
      2,
      'sightline: give either --dataset or --data, or --format, --images and --annotations for your own images',
    ]);
    const sized = await runLine('benchmark', '--data', at('whole', 'prepared'), '--size', '32', ...own);
    expect(sized.errors.at(-1)).toContain('--size goes with a data set; the set in');
  });

  it('is evaluated anew from its stored maps, by the same or other metrics', async () => {
    await cp(at('whole'), at('again'), { recursive: true });
    const before = await text('again', 'scores.csv');
    const told = await runLine('evaluate', at('again'));
    expect([told.code, told.errors]).toEqual([0, []]);
    expect(await text('again', 'scores.csv')).toBe(before);
    expect((await runLine('evaluate', at('again'), '--metrics', 'auroc,iou-area')).code).toBe(0);
    const [, ...rows] = (await text('again', 'summary.csv')).trimEnd().split('\n');
    expect(new Set(rows.map((row) => row.split(',')[2]))).toEqual(new Set(['auroc', 'iou-area']));
    expect((await manifestOf('again')).methods.map(({ sha256 }: { sha256: string }) => sha256)).toEqual(
      (await manifestOf('whole')).methods.map(({ sha256 }: { sha256: string }) => sha256),
    );
    const map = await readFile(at('again', 'maps', 'gradcam.npy'));
    map[map.length - 2]! ^= 1;
    await writeFile(at('again', 'maps', 'gradcam.npy'), map);
    const changed = await runLine('evaluate', at('again'));
    expect(changed.errors.at(-1)).toMatch(/gradcam\.npy: is not what the run made/);
    await runLine(
      ...['data', 'prepare', 'phantom', '--dataset-option', 'images=80;size=64', '--size', '32'],
      ...['--seed', '1', '--draw', at('drawn'), '--out', at('other')],
    );
    const given = ['--model', at('whole', 'model.onnx'), '--data', at('other')];
    const other = await runLine('evaluate', at('prepared'), ...given);
    expect(other.errors.at(-1)).toMatch(/other: is not the prepared set of the run, or holds other images/);
    for (const command of ['evaluate', 'meta-evaluate'])
      expect((await runLine(command, at('prepared'))).errors.at(-1)).toMatch(
        /a run of a model and a prepared set that were given; give them again with --model and --data$/,
      );
    const alone = await runLine('evaluate', at('prepared'), ...given.slice(2));
    expect(alone.errors.at(-1)).toMatch(/a run of a model that was given; give it again with --model$/);
    const none = await runLine('evaluate', at('drawn'));
    expect(none.errors.at(-1)).toMatch(/config\.json: not there; evaluate takes the folder/);
  });

  it('explains wrongly classified images on request, for the annotated class', async () => {
    const model = ['--model', at('whole', 'model.onnx')];
    const wanted = async (cases: string) => {
      const told = await runLine(...line(at(cases), ...model, '--cases', cases));
      if (told.code !== 0) return { told, rows: [] };
      const [head, ...rows] = (await text(cases, 'scores.csv')).trimEnd().split('\n');
      const [target, prediction] = ['target', 'prediction'].map((name) => head!.split(',').indexOf(name));
      return { told, rows: rows.map((row) => row.split(',')).map((row) => [row[target!], row[prediction!]]) };
    };
    const { told, rows } = await wanted('all');
    expect(told.out.some((row) => row.includes('for the class of the annotation'))).toBe(true);
    const { test } = JSON.parse(await text('all', 'summary.json'));
    expect(test).toMatchObject({ cases: 'all', explained: Math.min(5, test.annotated) });
    for (const [target] of rows) expect(target).toBe('Lung Opacity');
    const wrong = await wanted('wrong');
    for (const [target, prediction] of wrong.rows) expect(prediction).not.toBe(target);
    if (test.right === test.annotated) expect(wrong.told.errors.at(-1)).toContain('none wrong');
    else expect(wrong.rows).toHaveLength(4 * 3 * Math.min(5, test.annotated - test.right));
  });

  it('names the nearest of an unknown method before it does anything', async () => {
    const args = line(at('none')).map((word) => (word === methods.join(',') ? 'gradcan' : word));
    const told = await runLine(...args);
    expect([told.code, told.errors.at(-1)]).toEqual([2, expect.stringContaining("did you mean 'gradcam'")]);
    expect(existsSync(at('none'))).toBe(false);
  });
});
