import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';
import { readOptions } from '../base/options.js';
import { quietly } from '../base/run.js';
import type { Sample, Task } from '../data/sample.js';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { startGraph } from '../graph/builder.js';
import { float32 } from '../graph/elements.js';
import type { Graph } from '../graph/graph.js';
import { writeOnnx } from '../graph/write.js';
import { classifierOf } from '../model/load.js';
import { predict } from '../model/predict.js';
import { parseTarget } from '../model/target.js';
import { brightModel } from '../testing/bright-model.js';
import { folderRun } from '../testing/folder-run.js';
import { temporaryTree } from '../testing/tree.js';
import { chooseAsked } from './asked.js';
import { batchOf, checkAnnotated, chooseCases } from './cases.js';
import { testText } from './conclusions.js';
import { benchmarkOptions } from './plan.js';
import { benchmark } from './run.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());
const options = { explain: 10, cases: 'correct', seed: 0 } as const;

/** Scores of every pixel: 0 of nothing, and the brightness above one half of a lesion. */
function segmenting(height: number, width: number): Graph {
  const b = startGraph('bright pixels');
  const scores = b.concat([b.mul('image', 0), b.sub('image', 0.5)], 1);
  return b.finish(
    [{ name: 'image', type: 'float32', shape: ['N', 1, height, width] }],
    [{ name: scores, type: 'float32', shape: ['N', 2, height, width] }],
  );
}

/** Samples of one row of pixels: what the network sees, and what is annotated. */
function taskOf(rows: readonly { readonly sees: string; readonly marked: string }[]): Task {
  const test = rows.map(({ sees, marked }, i): Sample => {
    const size = sees.length;
    const box = { label: 'lesion', y: 0, height: 1 };
    const boxes = [...marked.matchAll(/#+/g)].map((at) => ({ ...box, x: at.index, width: at[0].length }));
    const mask = { data: Uint8Array.from(marked, (c) => Number(c === '#')), shape: [1, size] };
    const shown = Float32Array.from(sees, (c) => (c === '#' ? 1 : 0));
    return {
      ...{ id: `image ${i}`, patient: `${i}`, split: 'test', labels: [boxes.length > 0 ? 1 : 0], boxes },
      image: { data: shown, shape: [1, 1, size] },
      ...(boxes.length > 0 && { mask }),
      transform: {
        ...{ scaleX: 1, scaleY: 1, offsetX: 0, offsetY: 0, flipped: false },
        ...{ originalWidth: size, originalHeight: 1 },
      },
    };
  });
  const size = rows[0]!.sees.length;
  return {
    ...{ name: 'rows', classes: ['nothing', 'lesion'], multiLabel: false, inputShape: [1, 1, size] },
    ...{ train: test.slice(0, 1), validation: [], test, provenance: {} },
  };
}

const loading = { engine, layout: 'NCHW', normalisation: 'zero-one' } as const;

const unasked = () => Promise.reject(new Error('no classifier is needed'));

async function asked(task: Task, text: string, more: object = {}) {
  const model = await classifierOf(segmenting(1, 8), 'rows.onnx', { ...loading, target: text });
  return chooseAsked(task, model, unasked, parseTarget(text), { ...options, ...more }, quietly);
}

describe('the cases of a target', () => {
  const task = taskOf([
    { sees: '###..#..', marked: '##......' },
    { sees: '#....##.', marked: '#....###' },
    { sees: '........', marked: '..##....' },
    { sees: '.....#..', marked: '........' },
  ]);

  it('are the images whose annotated region the network finds', async () => {
    const { cases, chosen } = await asked(task, 'region:1@annotated');
    expect(cases.samples.map(({ id }) => id)).toEqual(['image 0', 'image 1']);
    expect(chosen).toMatchObject({ annotated: 3, right: 2, explained: 2, accuracy: 2 / 3 });
    expect(chosen.found!.dice).toBeCloseTo((4 / 6 + 6 / 7 + 0) / 3, 6);
    expect(chosen.found!.iou).toBeCloseTo((2 / 4 + 3 / 4 + 0) / 3, 6);
    expect(testText(chosen)).toMatch(
      /of the annotated test images \(.*\), Dice 0\.508, IoU 0\.417 \(means over these images\), and pixels are predicted in 1 of the 1 without it$/,
    );
  });

  it('have the Dice of annotated images, whatever is predicted in others', async () => {
    const marked = { sees: '##......', marked: '####....' };
    const dice = async (...others: readonly string[]) => {
      const all = taskOf([marked, ...others.map((sees) => ({ sees, marked: '........' }))]);
      return (await asked(all, 'region:1@predicted')).chosen.found!;
    };
    expect(await dice()).toMatchObject({ dice: 4 / 6, iou: 2 / 4, without: { images: 0, predicted: 0 } });
    for (const [others, predicted] of [
      [['........', '........'], 0],
      [['#.......', '........', '####..##'], 2],
    ] as const)
      expect(await dice(...others)).toMatchObject({
        ...{ dice: 4 / 6, iou: 2 / 4, without: { images: others.length, predicted } },
      });
  });

  it('keep one lesion, with its mask and boxes, and ask for its number', async () => {
    const { cases } = await asked(task, 'region:1@predicted(largest)');
    const marks = cases.samples.map(({ mask, boxes }) => [[...mask!.data].join(''), boxes.length]);
    expect(marks).toEqual([
      ['11000000', 1],
      ['00000111', 1],
    ]);
    for (const [i, sample] of cases.samples.entries()) {
      const model = cases.asked!.models[i]!;
      const { data, shape } = await predict(model, batchOf(model, [sample]));
      expect(data[cases.targets[i]!]).toBeCloseTo(0.5, 6);
      expect(shape).toEqual([1, 2]);
    }
    expect(cases.asked!.target).toBe('region:1@predicted(largest)');
  });

  it('are the images whose lesion is missed, where these are asked for', async () => {
    const { cases } = await asked(task, 'region:1@annotated', { cases: 'wrong' });
    expect(cases.samples.map(({ id }) => id)).toEqual(['image 2']);
    await expect(asked(task, 'region:1@predicted', { cases: 'wrong' })).rejects.toThrow(/misses none/);
  });

  it('are refused where the masks of the images tell nothing of the target', async () => {
    const model = await classifierOf(brightModel(), 'bright.onnx', { engine });
    const choose = (text: string) =>
      chooseAsked(task, model, () => Promise.resolve(model), parseTarget(text), options, quietly);
    await expect(choose('class:2')).rejects.toThrow(/'2' is none of 0 to 1/);
  });

  it('are boxes around the largest annotated part', async () => {
    const b = startGraph('boxes');
    // One box x, y, width, height and a score, whatever is seen: over the pixels 5 to 7.
    const seen = b.reshape(b.reduce('ReduceSum', 'image', [1, 2, 3]), [-1, 1, 1]);
    const box = b.constant({ type: 'float32', data: Float32Array.of(6.5, 0.5, 3, 1), shape: [1, 1, 4] });
    const output = b.concat([b.add(b.mul(seen, 0), box), seen], 2);
    const graph = b.finish(
      [{ name: 'image', type: 'float32', shape: ['N', 1, 1, 8] }],
      [{ name: output, type: 'float32', shape: ['N', 1, 5] }],
    );
    const text = 'box:annotated@0(centres, boxes-first)';
    const model = await classifierOf(graph, 'boxes.onnx', { ...loading, target: text });
    const choose = (given: string) => chooseAsked(task, model, unasked, parseTarget(given), options, quietly);
    const { cases, chosen } = await choose(text);
    expect(cases.samples.map(({ id }) => id)).toEqual(['image 1']);
    expect([...cases.samples[0]!.mask!.data].join('')).toBe('00000111');
    expect(chosen).toMatchObject({ annotated: 3, right: 1 });
  });
});

const picture = (at: readonly number[]) =>
  sharp(
    Uint8Array.from({ length: 64 }, (_, p) => (at.includes(p) ? 255 : 0)),
    {
      raw: { width: 8, height: 8, channels: 1 },
    },
  )
    .png()
    .toBuffer();

it.each([
  ['region:1@mask.npy', /asks every image for its own region/],
  ['region:1@predicted(at 1,0)', /its own region/],
  ['box:1,1,2,2@0(boxes-first)', /box:annotated@0/],
  ['box:boxes.npy@0', /its own box/],
  ['similarity:logits@v.npy', /maps of a similarity cannot be scored/],
  ['graph:head.onnx@logits', /maps of a graph cannot be scored/],
])('a benchmark refuses %s before it writes anything', async (target, said) => {
  const out = join(await temporaryTree(), 'run');
  const asks = { ...readOptions(benchmarkOptions, { target }, 'benchmark'), model: 'none.onnx' };
  const request = { data: { prepared: out }, training: {}, options: asks, out, drawn: out };
  await expect(benchmark(request, engine, quietly)).rejects.toThrow(said);
  await expect(readdir(out)).rejects.toThrow('ENOENT');
});

describe('a benchmark of a target', () => {
  /** Twelve pictures with two bright spots, the larger of which moves; every other one is annotated. */
  async function run(target: string | undefined, given: object = {}, graph = segmenting(8, 8)) {
    const files = await Promise.all(
      Array.from({ length: 12 }, async (_, i) => {
        const spots = i % 2 ? [i, i + 1, i + 8, 60] : [];
        const [image, mask] = [await picture(spots), await picture(spots)];
        return [[`in/im${i}.png`, image] as const, [`masks/im${i}.png`, mask] as const];
      }),
    );
    const root = await temporaryTree(Object.fromEntries(files.flat()));
    await writeOnnx(join(root, 'model.onnx'), graph);
    const chosen = {
      ...(target && { target }),
      methods: 'gradient,random',
      metrics: 'relevance-rank,deletion',
      ...given,
    };
    return { root, result: await benchmark(folderRun(root, chosen), engine, quietly) };
  }

  it('follows raw values where the outputs of the model have no probability', async () => {
    const b = startGraph('tanh');
    const score = b.reshape(b.sub(b.reduce('ReduceMean', 'image', [1, 2, 3]), 0.01), [-1, 1]);
    const scores = b.matMul(score, b.constant(float32([-1, 1], [1, 2])));
    b.alias(b.tanh(scores), 'y');
    const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
    const graph = b.finish([value('image', ['N', 1, 8, 8])], [value('y', ['N', 2])]);
    const { result } = await run(undefined, {}, graph);
    expect(result.metrics).toMatchObject({ deletion: { quantity: 'logit' } });
    // The gradient of the mean is flat.
    const found = result.scores.filter(({ metric, method }) => metric === 'deletion' && method === 'random');
    expect(found.map(({ value }) => value)).not.toContain(null);
  });

  it('scores the maps of one lesion against it, and stores what was explained', async () => {
    const target = 'region:1@predicted(largest)';
    const { root, result } = await run(target);
    const of = (method: string, metric: string) =>
      result.scores.filter((row) => row.method === method && row.metric === metric);
    // The gradient of the lesion's mean is the lesion itself.
    expect(of('gradient', 'relevance-rank').map(({ value }) => value)).toEqual(
      result.cases.samples.map(() => 1),
    );
    expect(new Set(result.scores.map((row) => row.target))).toEqual(new Set([target]));
    expect(of('gradient', 'relevance-rank')[0]).toMatchObject({ lesions: 1, lesionPixels: 3 });
    expect(of('gradient', 'deletion').every(({ value }) => value !== null)).toBe(true);
    const manifest = JSON.parse(await readFile(join(root, 'run', 'manifest.json'), 'utf8'));
    expect(manifest).toMatchObject({ quantity: target, config: { target } });
  });
});

it('refuses a model that gives NaN for test images', async () => {
  const b = startGraph('logarithm');
  const brightness = b.reduce('ReduceMean', 'image', [1, 2, 3]);
  const score = b.reshape(b.log(b.sub(brightness, 0.2)), [-1, 1]);
  b.alias(b.concat([score, b.neg(score)], 1), 'y');
  const graph = b.finish(
    [{ name: 'image', type: 'float32', shape: ['N', 1, 1, 8] }],
    [{ name: 'y', type: 'float32', shape: ['N', 2] }],
  );
  const task = taskOf([
    { sees: '###..#..', marked: '##......' },
    { sees: '........', marked: '........' },
  ]);
  const model = await classifierOf(graph, 'logarithm.onnx', { ...loading, head: 'softmax' });
  await expect(chooseCases(task, model, options, quietly)).rejects.toThrow(
    'NaN for 1 of 2 test images, such as image 1',
  );
});

it('refuses a task without annotations before it asks the model', async () => {
  const task = taskOf([
    { sees: '###..#..', marked: '........' },
    { sees: '........', marked: '........' },
  ]);
  expect(() => checkAnnotated(task)).toThrow(
    'task rows has no annotated test images to explain: maps are scored against boxes or masks, and none of its 2 test images has any',
  );
  expect(() => checkAnnotated({ ...task, test: [] })).toThrow('has no test images to explain');
  expect(() => checkAnnotated(taskOf([{ sees: '###.', marked: '.##.' }]))).not.toThrow();
});
