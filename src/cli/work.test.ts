import { spawnSync } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compiledFile } from '../base/workers.js';
import { startGraph } from '../graph/builder.js';
import { float32 } from '../graph/elements.js';
import { readOnnx } from '../graph/read.js';
import { writeOnnx } from '../graph/write.js';
import { readNpy, writeNpy } from '../tensor/npy.js';
import { runLine, runStopped } from '../testing/command-line.js';
import { tinyModel } from '../testing/tiny-model.js';

let dir: string;
const at = (name: string) => join(dir, name);

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sightline-cli-'));
  await writeOnnx(at('model.onnx'), tinyModel());
  const data = Float32Array.from({ length: 128 }, (_, i) => Math.sin(i * i));
  await writeNpy(at('x.npy'), { data, shape: [2, 1, 8, 8] });
  const mask = new Float32Array(128).fill(1, 0, 10);
  await writeNpy(at('mask.npy'), { data: mask, shape: [2, 1, 8, 8] });
});
afterAll(() => rm(dir, { recursive: true }));

/** The built command line in a process of its own. */
function built(...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [compiledFile('cli/main'), ...args], {
    encoding: 'utf8',
    env: { ...process.env, SIGHTLINE_DEBUG: '' },
  });
  return { code: status, out: stdout, errors: stderr.split('\n').filter((line) => line !== '') };
}

describe('the built command line', () => {
  it('explains, scores the map, and says nothing on standard error', async () => {
    const explain = ['attribute', '--model', at('model.onnx'), '--input', at('x.npy'), '--targets', '0,1'];
    const made = built(...explain, '--method', 'gradient', '--out', at('map.npy'));
    expect(made).toEqual({ code: 0, out: `${at('map.npy')}: gradient, [2,1,8,8]\n`, errors: [] });
    expect((await readNpy(at('map.npy'))).shape).toEqual([2, 1, 8, 8]);
    const scored = built(
      'score',
      '--map',
      at('map.npy'),
      '--mask',
      at('mask.npy'),
      '--metric',
      'relevance-rank',
    );
    expect([scored.code, scored.errors]).toEqual([0, []]);
    const { metric, values, direction, reasons, ...others } = JSON.parse(scored.out);
    expect([metric, direction, others]).toEqual(['relevance-rank', 'higher', {}]);
    expect(values).toHaveLength(2);
    expect(values[0]).toBeGreaterThanOrEqual(0);
    expect(values[1]).toBeNull();
    expect(reasons).toEqual([{ index: 1, reason: 'the mask is empty' }]);
  });

  it('draws the map over its image where a picture is asked for', async () => {
    const explain = ['attribute', '--model', at('model.onnx'), '--input', at('x.npy'), '--targets', '0,1'];
    const made = built(...explain, '--method', 'gradient', '--out', at('map.html'));
    expect(made).toEqual({ code: 0, out: `${at('map.html')}: gradient, [2,1,8,8]\n`, errors: [] });
    const page = await readFile(at('map.html'), 'utf8');
    expect(page.match(/data:image\/png/g)?.length).toBeGreaterThanOrEqual(4);
  });

  it('ends with 1 and one line where standard output is full', () => {
    const full = spawnSync('sh', [
      '-c',
      `"$0" "$1" metrics > /dev/full`,
      process.execPath,
      compiledFile('cli/main'),
    ]);
    expect([full.status, String(full.stderr)]).toEqual([
      1,
      "sightline: standard output can't be written: the disk is full\n",
    ]);
  });

  it('ends with 2 for a wrong call and 1 for a bad file, each with one line', async () => {
    await writeFile(at('cut.onnx'), 'x');
    const model = (name: string) => ['attribute', '--model', at(name), '--input', at('x.npy')];
    const rest = ['--targets', '0', '--method', 'gradient', '--out', at('none.npy')];
    expect(built(...model('model.onnx'), ...rest, '--option', 'absolut=true')).toEqual({
      code: 2,
      out: '',
      errors: [expect.stringMatching(/^sightline: .*did you mean 'absolute'/)],
    });
    expect(built(...model('cut.onnx'), ...rest)).toEqual({
      code: 1,
      out: '',
      errors: [expect.stringMatching(/^sightline: .*cut\.onnx/)],
    });
  });
});

describe('attribute', () => {
  it('prints what is known of the maps as JSON', async () => {
    const model = ['--model', at('model.onnx'), '--input', at('x.npy'), '--targets', '0'];
    const rise = ['--method', 'rise', '--out', at('rise.npy'), '--option', 'masks=20', '--json'];
    const { code, out } = await runLine('attribute', ...model, ...rise);
    expect([code, out.length]).toEqual([0, 1]);
    expect(JSON.parse(out[0]!)).toMatchObject({
      ...{ out: at('rise.npy'), method: 'rise', shape: [2, 1, 8, 8], targets: [0, 0], seed: 0 },
      ...{ quantity: 'probability', options: { masks: 20 }, evaluations: { forward: 20, backward: 0 } },
      notes: expect.arrayContaining([
        'made of 20 random masks, fewer than its grid has cells (64); the paper takes 4000 to 8000: expect noise',
        expect.stringMatching(
          /the map has not converged: those of the two halves of its draws correlate at -?0\.\d\d/,
        ),
      ]),
    });
  });
});

describe('attribute of several samples', () => {
  const asked = ['--model', 'm', '--input', 'x', '--out', 'map', '--targets', '0', '--method'];
  const explain = async (method: string, input: string, ...more: readonly string[]) => {
    const files: Readonly<Record<string, string>> = { m: 'model.onnx', x: input, map: 'several.npy' };
    const line = asked.map((word) => (files[word] === undefined ? word : at(files[word])));
    return (await runLine('attribute', ...line, method, ...more)).out;
  };

  it.each([
    ['kernel-shap', 'segments=2,2', true],
    ['lime', 'segments=2,2', true],
    ['rise', 'masks=8', false],
  ])('says of which sample what is expected of its map is: %s', async (method, option, hasErrors) => {
    const data = Array.from((await readNpy(at('x.npy'))).data, Number);
    await writeNpy(at('one.npy'), { data: Float32Array.from(data.slice(0, 64)), shape: [1, 1, 8, 8] });
    const told = async (input: string) =>
      (await explain(method, input, '--option', option)).filter((line) => /^(greatest|corr)/.test(line));
    const several = await told('x.npy');
    expect(several).toHaveLength(hasErrors ? 2 : 1);
    for (const line of several) expect(line).toMatch(/: [-\d.e]+ \(sample 0\), [-\d.e]+ \(sample 1\)$/);
    for (const line of await told('one.npy')) expect(line).toMatch(/: [-\d.e]+$/);
  });

  it.each(['guided-gradcam', 'smoothgrad'])('names the layer of %s', async (method) => {
    const of = method === 'smoothgrad' ? ['--option', 'of=hirescam', '--option', 'samples=2'] : [];
    const [layer] = (await explain(method, 'x.npy', ...of)).filter((line) => line.startsWith('looks at'));
    const [own] = (await explain('gradcam', 'x.npy')).filter((line) => line.startsWith('looks at'));
    expect(layer).toBe(own);
    expect(layer).toBeDefined();
    const [json] = await explain(method, 'x.npy', ...of, '--json');
    expect(layer).toBe(`looks at layer '${JSON.parse(json!).layer}'`);
  });
});

describe('attribute of a stated target', () => {
  it('calls the output by its own name, not what is explained', async () => {
    const model = ['--model', at('model.onnx'), '--input', at('x.npy'), '--target', 'probability:1'];
    const { out } = await runLine(
      'attribute',
      ...model,
      '--method',
      'gradient',
      '--out',
      at('p.npy'),
      '--json',
    );
    const { target, targets, head } = JSON.parse(out[0]!);
    expect([target, targets]).toEqual(['probability:1', undefined]);
    expect(head).toMatch(/^the output is '.*'; probabilities are its softmax$/);
  });

  it('names the probability at the baseline as such in JSON', async () => {
    const occlusion = ['--method', 'occlusion', '--targets', '1', '--out', at('o.npy'), '--json'];
    const given = ['--model', at('model.onnx'), '--input', at('x.npy')];
    const { compared } = JSON.parse((await runLine('attribute', ...given, ...occlusion)).out[0]!);
    expect(Object.keys(compared)).toEqual(['input', 'baseline', 'baselineProbability']);
    for (const share of compared.baselineProbability) expect(share).toBeGreaterThan(0);
  });
});

describe('score', () => {
  it('asks a model where the metric does', async () => {
    const map = ['--map', at('x.npy'), '--metric', 'deletion', '--option', 'steps=4'];
    const model = ['--model', at('model.onnx'), '--input', at('x.npy'), '--targets', '1'];
    const { code, out } = await runLine('score', ...map, ...model);
    expect(code).toBe(0);
    const { values, compared, head } = JSON.parse(out[0]!);
    expect(head).toContain('probabilities are its softmax');
    expect(values).toHaveLength(2);
    for (const end of [compared.input, compared.baseline]) {
      expect(end).toHaveLength(2);
      for (const share of end) expect(share).toBeGreaterThan(0);
    }
    for (const value of values) expect(value).toBeGreaterThan(0);
  });
});

describe('score and attribute of a picture', () => {
  it('says which pixels a model gets that normalises them itself', async () => {
    const b = startGraph('bytes');
    const maps = b.relu(b.emit('Conv', [b.div('x', 255), b.constant(float32([2, 1], [2, 1, 1, 1]))]));
    b.alias(b.reshape(b.reduce('ReduceMean', maps, [2, 3]), [0, -1]), 'y');
    const graph = b.finish(
      [{ name: 'x', type: 'float32', shape: ['N', 1, 8, 8] }],
      [{ name: 'y', type: 'float32', shape: ['N', 2] }],
    );
    await writeOnnx(at('bytes.onnx'), graph);
    const pixels = Uint8Array.from({ length: 64 }, (_, i) => 4 * i);
    await sharp(pixels, { raw: { width: 8, height: 8, channels: 1 } }).toFile(at('bytes.png'));
    await writeNpy(at('bytes.npy'), { data: Float32Array.from(pixels), shape: [1, 1, 8, 8] });
    const score = (input: string, ...more: string[]) =>
      runLine(
        ...['score', '--map', at('bytes.npy'), '--metric', 'deletion', '--model', at('bytes.onnx')],
        ...['--input', at(input), '--targets', '0', ...more],
      );
    const [picture, array] = [await score('bytes.png'), await score('bytes.npy')];
    const stated = await score('bytes.png', '--normalisation', '0-255');
    const [of, ...others] = [array, picture, stated].map(({ out }) => JSON.parse(out[0]!).values[0]);
    for (const value of others) expect(value).toBeCloseTo(of, 8);
    const told = 'pixels are given as 0 to 255, which the model normalises itself';
    expect(picture.errors.join()).toContain(told);
    for (const { errors } of [array, stated]) expect(errors.join()).not.toContain(told);
    const attribute = async (input: string) => {
      const model = ['--model', at('bytes.onnx'), '--input', at(input), '--targets', '0'];
      const gradient = ['--method', 'gradient', '--out', at('bytes-map.npy'), '--json'];
      return JSON.parse((await runLine('attribute', ...model, ...gradient)).out[0]!).pixels;
    };
    expect([await attribute('bytes.png'), await attribute('bytes.npy')]).toEqual([told, undefined]);
  });
});

describe('train', () => {
  const drawn = () => ['--dataset-option', 'images=40;size=64', '--size', '16', '--draw', at('data')];
  const run = (out: string, ...more: string[]) =>
    runLine(
      'train',
      '--dataset',
      'phantom',
      ...drawn(),
      '--architecture',
      'logistic',
      '--out',
      at(out),
      ...more,
    );

  /** What it wrote to standard error but for the progress of steps that take long. */
  const faults = ({ errors }: { readonly errors: readonly string[] }) =>
    errors.filter((line) => line.startsWith('sightline: '));

  it('prints each epoch and the test, and does not do again what is done', async () => {
    const whole = await run('whole.onnx', '--epochs', '3');
    expect([whole.code, faults(whole)]).toEqual([0, []]);
    const epochs = whole.out.filter((line) => line.startsWith('epoch '));
    expect(epochs).toHaveLength(3);
    expect(
      whole.out.some((line) =>
        /^test accuracy [\d.]+ % \(.*; the commonest answer [\d.]+ %\), balanced /.test(line),
      ),
    ).toBe(true);
    expect(whole.out.some((line) => /^test AUROC by annotated area: [01]\.\d{3} up to /.test(line))).toBe(
      true,
    );
    const again = await run('whole.onnx', '--epochs', '3');
    expect(again.out).toContain('all 3 epochs were done before');
    expect(again.out.at(-2)).toBe(whole.out.at(-2));
    expect((await stat(at('whole.onnx.training.npz'))).size).toBeGreaterThan(0);
    const { metadata } = await readOnnx(at('whole.onnx'));
    expect(JSON.parse(metadata.sightline!).classes).toEqual(['no Lung Opacity', 'Lung Opacity']);
  });

  it('goes on where it was stopped, to the same model', async () => {
    const more = ['--architecture', 'logistic', '--out', at('stopped.onnx'), '--epochs', '3'];
    const line = ['train', '--dataset', 'phantom', ...drawn(), ...more];
    const stopped = await runStopped('epoch 2', ...line);
    expect([stopped.code, faults(stopped)]).toEqual([130, ['sightline: stopped']]);
    const { code, out } = await runLine(...line);
    expect(code).toBe(0);
    expect(out).toContain('epochs 1 to 2 were done before');
    expect(out.filter((text) => text.startsWith('epoch '))).toHaveLength(1);
    expect(await readFile(at('stopped.onnx'))).toEqual(await readFile(at('whole.onnx')));
  });

  it('refuses a checkpoint of other settings', async () => {
    await copyFile(at('whole.onnx.training.npz'), at('other.onnx.training.npz'));
    const { code, errors } = await run('other.onnx', '--epochs', '3', '--rate', '0.5');
    expect(code).toBe(2);
    expect(errors).toEqual([expect.stringMatching(/other\.onnx\.training\.npz.*'rate' was 0\.002, is 0\.5/)]);
  });

  it('trains on a prepared set', async () => {
    const set = ['--out', at('set'), '--dataset-option', 'images=20;size=64', '--size', '16'];
    await runLine('data', 'prepare', 'phantom', ...set, '--draw', at('data'));
    const more = ['--architecture', 'logistic', '--epochs', '1', '--out', at('set.onnx')];
    const { code, out } = await runLine('train', '--data', at('set'), ...more);
    expect(code).toBe(0);
    expect(out.at(-1)).toBe(at('set.onnx'));
    const untrained = await runLine(
      'train',
      '--data',
      at('set'),
      ...more.slice(0, -1),
      at('no.onnx'),
      '--rate',
      '0',
    );
    const [caution] = untrained.out.filter((line) => line.startsWith('CAUTION'));
    expect(caution).toMatch(
      /^CAUTION: the model may not have learned the task: of test images, the AUROC is /,
    );
  });

  it('sets the error of a regression beside that of always giving the mean', async () => {
    const set = [
      '--out',
      at('burden'),
      '--dataset-option',
      'images=40',
      '--size',
      '16',
      '--draw',
      at('data'),
    ];
    const stated = ['--task', 'stated-value', '--task-option', 'attribute=burden'];
    expect((await runLine('data', 'prepare', 'clinical', ...stated, ...set)).code).toBe(0);
    const more = ['--architecture', 'cnn', '--width', '2', '--epochs', '1', '--out', at('burden.onnx')];
    const { out } = await runLine('train', '--data', at('burden'), ...more, '--rate', '0');
    const from = out.findIndex((line) => line.startsWith('test '));
    expect(out.slice(from, from + 2)).toEqual([
      expect.stringMatching(/^test mean absolute error \S+ \(always the training mean \S+\), R2 -/),
      expect.stringMatching(/^CAUTION: .* predicts them no better than their mean does \(R2 -/),
    ]);
    const scored = await runLine(
      ...['benchmark', '--data', at('burden'), '--model', at('burden.onnx'), '--out', at('burden-run')],
      ...['--methods', 'gradient,random', '--metrics', 'deletion', '--explain', '4', '--steps', '4'],
    );
    expect(scored.code, scored.errors.join()).toBe(0);
    expect(scored.out).toContain('deletion: of the predicted number as it is, not of a probability');
    const report = await readFile(join(at('burden-run'), 'report.html'), 'utf8');
    expect(report).toContain('<dd>the predicted number</dd>');
    expect(report).not.toContain('annotated class');
  });
});

describe('doctor', () => {
  it('really tries what is here, and says what to do about the rest', async () => {
    const { code, out, errors } = await runLine('doctor', '--json');
    expect([code, errors]).toEqual([0, []]);
    const { ok, findings } = JSON.parse(out.join('\n'));
    expect(ok).toBe(true);
    const names = findings.map(({ what }: { what: string }) => what);
    expect(names).toEqual(
      expect.arrayContaining([
        'Node',
        'engine cpu',
        'engine webgpu',
        'engine cuda',
        'engine tensorflow',
        'Jupyter',
      ]),
    );
    for (const { works, advice, found } of findings) {
      expect(found).not.toContain('\n');
      if (!works) expect(advice).toMatch(/\w/);
    }
  });
});
