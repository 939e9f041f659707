import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { int } from '../../graph/attributes.js';
import { startGraph } from '../../graph/builder.js';
import type { Graph } from '../../graph/graph.js';
import { writeOnnx } from '../../graph/write.js';
import { type Tensor, tensor } from '../../tensor/tensor.js';
import { passing, value } from '../../testing/passing.js';
import { temporaryTree } from '../../testing/tree.js';
import { classifierOf, type LoadOptions } from '../load.js';
import { predict } from '../predict.js';
import { parseTarget, spelled } from '../target.js';
import { ask } from './ask.js';
import { neededTarget, offersOf } from './offers.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

it('reads every form, and writes it again', () => {
  for (const text of [
    'class:3',
    'class:pneumonia-no finding',
    'log-odds:2',
    'output:age@60',
    'region:1-0@mask.npy(largest, sum)',
    'region:1@predicted(at 12,30)',
    'box:12,30,40,40@2(corners, objectness)',
    'similarity:embedding@reference.npy',
    'graph:head.onnx@embedding',
  ])
    expect(spelled(parseTarget(text))).toBe(text);
  expect(parseTarget('region:1@mask.npy (sum)')).toEqual({
    ...{ kind: 'region', of: '1', at: 'mask.npy', how: ['sum'] },
  });
});

it('says what a target is where the text is none', () => {
  expect(() => parseTarget('3')).toThrow(/target '3' has no kind; a target is one of class:3, .*region:1@/);
  expect(() => parseTarget('clas:3')).toThrow(/unknown kind 'clas'/);
  expect(() => parseTarget('region:1')).toThrow(/nothing behind '@'/);
  expect(() => parseTarget('region:1@predicted(biggest)')).toThrow(/unknown word 'biggest'/);
  expect(() => parseTarget('class:')).toThrow(/names nothing/);
});

const numbersOf = async (graph: Graph, text: string, data: readonly number[], shape: readonly number[]) => {
  const model = await classifierOf(graph, 'passing.onnx', {
    engine,
    target: text,
    ...(shape.length === 4 && { layout: 'NCHW' }),
  });
  const input = tensor(Float32Array.from(data), shape);
  const question = await ask(model, parseTarget(text), input);
  const { data: found, shape: of } = await predict(question.model, input);
  return question.targets.map((column, row) => found[row * of[1]! + column]!);
};

it('keeps the connected part at a position, its neighbours sharing a side', async () => {
  const one = [1, 1, 0, 0, 0, 3, 0, 0, 0];
  const scores = [...one.map(() => 0.5), ...one];
  const ask1 = (text: string) => numbersOf(passing([2, 3, 3]), text, scores, [1, 2, 3, 3]);
  expect((await ask1('region:1@predicted'))[0]).toBeCloseTo((2 * 5) / 3, 5);
  expect((await ask1('region:1@predicted(largest, sum)'))[0]).toBeCloseTo(4, 5);
  expect((await ask1('region:1@predicted(at 2,1)'))[0]).toBeCloseTo(6, 5);
  await expect(ask1('region:1@predicted(at 0,2)')).rejects.toThrow(/sample 0 is empty/);
});

it('finds the best box in centres or corners and either order of axes', async () => {
  const boxes = {
    centres: [5, 5, 4, 4, 0.1, 0.2, 20, 20, 10, 8, 0.3, 0.4],
    corners: [3, 3, 7, 7, 0.1, 0.2, 15, 16, 25, 24, 0.3, 0.4],
  };
  // The network doubles its input.
  for (const values of Object.values(boxes)) {
    const half = values.map((v) => v / 2);
    const plain = await numbersOf(passing([2, 6]), 'box:14,15,10,10@1(boxes-first)', half, [1, 2, 6]);
    expect(plain[0]).toBeCloseTo(0.4, 5);
    const turned = await numbersOf(passing([2, 6], true), 'box:14,15,10,10@1(boxes-last)', half, [1, 2, 6]);
    expect(turned[0]).toBeCloseTo(0.4, 5);
  }
  const none = numbersOf(passing([2, 6]), 'box:90,90,4,4@1(boxes-first)', boxes.centres, [1, 2, 6]);
  await expect(none).rejects.toThrow(/no predicted box of sample 0 overlaps/);
});

/** The number that a target asks of a graph in memory, for each sample. */
async function asked(graph: Graph, text: string, input: Tensor, annotated?: Tensor) {
  const model = await classifierOf(graph, 'model.onnx', { engine, target: text });
  const question = await ask(model, parseTarget(text), input, { annotated });
  const { data, shape } = await predict(question.model, input);
  return question.targets.map((column, row) => data[row * shape[1]! + column]!);
}

it("multiplies a class's score by that of its box where the layout has one", async () => {
  const half = [5, 5, 4, 4, 0.25, 0.1, 0.3, 15, 15, 4, 4, 0.2, 0.4, 0.5];
  const found = await numbersOf(passing([2, 7]), 'box:9,9,2,2@1(objectness, boxes-first)', half, [1, 2, 7]);
  expect(found[0]).toBeCloseTo(0.5 * 0.6, 5);
});

it('joins boxes and scores that are two outputs', async () => {
  const b = startGraph('two outputs');
  const part = (name: string, start: number, end: number) =>
    b.alias(b.slice('x', [{ axis: 2, start, end, step: 1 }]), name);
  part('boxes', 0, 4);
  part('scores', 4, 6);
  const outputs = [value('boxes', ['N', 3, 4]), value('scores', ['N', 3, 2])];
  const x = tensor(
    Float32Array.of(...[1, 1, 2, 2, 0.1, 0.2], ...[8, 8, 4, 4, 0.3, 0.4], ...[20, 20, 2, 2, 0.5, 0.6]),
    [1, 3, 6],
  );
  const found = await asked(
    b.finish([value('x', ['N', 3, 6])], outputs),
    'box:7,7,3,3@1(centres, boxes-first)',
    x,
  );
  expect(found[0]).toBeCloseTo(0.4, 6);
});

it('reads few joined boxes, with many classes, box by box', async () => {
  const b = startGraph('few boxes');
  const part = (name: string, start: number, end: number) =>
    b.alias(b.slice('x', [{ axis: 2, start, end, step: 1 }]), name);
  part('boxes', 0, 4);
  part('scores', 4, 10);
  const outputs = [value('boxes', ['N', 5, 4]), value('scores', ['N', 5, 6])];
  const rows = Array.from({ length: 5 }, (_, box) => [
    ...[10 * box + 5, 10 * box + 5, 4, 4],
    ...Array.from({ length: 6 }, (_, k) => box + k / 10),
  ]);
  const x = tensor(Float32Array.from(rows.flat()), [1, 5, 10]);
  const found = await asked(b.finish([value('x', ['N', 5, 10])], outputs), 'box:24,24,3,3@3(centres)', x);
  expect(found[0]).toBeCloseTo(2.3, 6);
});

it('takes an output of two axes of positions for a map of one class', async () => {
  const x = tensor(Float32Array.of(1, 2, 3, 4, 5, 6, 1, 1, 1, 1, 1, 1), [1, 2, 2, 3]);
  const b = startGraph('squeezed');
  b.alias(b.reshape(b.reduce('ReduceSum', 'x', [1]), [-1, 2, 3]), 'mask');
  const squeezed = b.finish([value('x', ['N', 2, 2, 3])], [value('mask', ['N', 2, 3])]);
  const mask = tensor(Float32Array.of(0, 0, 1, 0, 1, 0), [2, 3]);
  const target = { kind: 'region', of: '0', at: mask } as const;
  const model = await classifierOf(squeezed, 'squeezed.onnx', { engine, target, layout: 'NCHW' });
  const question = await ask(model, target, x);
  expect((await predict(question.model, x)).data[0]).toBeCloseTo((4 + 6) / 2, 6);
  expect(neededTarget(squeezed)).toBe('region:0@predicted');
  expect(offersOf(squeezed, model)[0]!.explains).toContain("class 0 of 'mask'");
});

it('takes the mask of a volume without its channel for a map of one class', async () => {
  const b = startGraph('volume');
  b.alias(b.reduce('ReduceSum', 'x', [1], { keepdims: int(0) }), 'mask');
  const graph = b.finish([value('x', ['N', 1, 2, 2, 3])], [value('mask', ['N', 2, 2, 3])]);
  const x = tensor(
    Float32Array.from({ length: 12 }, (_, i) => i),
    [1, 1, 2, 2, 3],
  );
  const at = tensor(
    Float32Array.from({ length: 12 }, (_, i) => Number(i === 2 || i === 9)),
    [2, 2, 3],
  );
  const target = { kind: 'region', of: '0', at } as const;
  const model = await classifierOf(graph, 'volume.onnx', { engine, target });
  const question = await ask(model, target, x);
  expect((await predict(question.model, x)).data[0]).toBeCloseTo((2 + 9) / 2, 6);
});

it('tells the option of maps that a region does not take by itself', async () => {
  const b = startGraph('two maps');
  b.alias(b.mul('x', 2), 'fine');
  b.alias(b.mul('x', 3), 'coarse');
  const map = (name: string) => value(name, ['N', 2, 4, 4]);
  const graph = b.finish([map('x')], [map('fine'), map('coarse')]);
  const target = 'region:0@predicted';
  const model = await classifierOf(graph, 'maps.onnx', { engine, target, layout: 'NCHW' });
  const told = offersOf(graph, model).map(({ explains }) => /\(with .*\)/.exec(explains)?.[0]);
  expect(told.slice(0, 3)).toEqual([undefined, undefined, undefined]);
  expect(told.slice(3)).toEqual(Array(3).fill('(with option output=coarse)'));
});

it('tells that a region is of the score before the softmax of a map', async () => {
  const b = startGraph('softmax of a map');
  const scores = b.concat([b.mul('x', 2), b.mul('x', 3)], 1);
  b.alias(b.emit('Softmax', [scores], { axis: int(1) }), 'shares');
  const map = (name: string, channels: number) => value(name, ['N', channels, 4, 4]);
  const graph = b.finish([map('x', 1)], [map('shares', 2)]);
  const model = await classifierOf(graph, 'map.onnx', {
    ...{ engine, layout: 'NCHW' },
    target: 'region:0@predicted',
  });
  expect(offersOf(graph, model)[0]!.explains).toBe(
    "the mean of class 0 of the score before the final Softmax of 'shares' where it is predicted",
  );
  const stated = await classifierOf(graph, 'map.onnx', {
    ...{ engine, layout: 'NCHW', output: 'shares' },
    target: 'region:0@predicted',
  });
  expect(offersOf(graph, stated)[0]!.explains).toBe("the mean of class 0 of 'shares' where it is predicted");
});

it('takes the distance of an output from a reference value', async () => {
  const b = startGraph('age');
  b.alias(b.reduce('ReduceSum', 'x', [1]), 'age');
  const graph = b.finish([value('x', ['N', 3])], [value('age', ['N', 1])]);
  const x = tensor(Float32Array.of(20, 21, 22, 10, 20, 25), [2, 3]);
  expect(await asked(graph, 'output:age@60', x)).toEqual([3, -5]);
  expect(await asked(graph, 'output:age', x)).toEqual([63, 55]);
});

it('takes the mean over the annotated mask of each sample', async () => {
  const scores = [0, 0, 0, 0, 1, 2, 3, 4, 0, 0, 0, 0, 5, 6, 7, 8];
  const x = tensor(Float32Array.from(scores), [2, 2, 2, 2]);
  const annotated = tensor(Float32Array.of(1, 0, 0, 1, 0, 1, 0, 0), [2, 1, 2, 2]);
  const model = await classifierOf(passing([2, 2, 2]), 'passing.onnx', {
    ...{ engine, layout: 'NCHW', target: 'region:1@annotated' },
  });
  const { model: own, targets } = await ask(model, parseTarget('region:1@annotated'), x, { annotated });
  const { data, shape } = await predict(own, x);
  // The network doubles its input.
  expect(targets.map((column, row) => data[row * shape[1]! + column])).toEqual([1 + 4, 12]);
  await expect(ask(model, parseTarget('region:1@annotated'), x)).rejects.toThrow(/no annotated mask/);
});

it('asks for what a small graph makes of a value', async () => {
  const b = startGraph('head');
  const made = b.reduce('ReduceSum', b.mul('v', 'v'), [1]);
  const path = join(await temporaryTree(), 'head.onnx');
  await writeOnnx(path, b.finish([value('v', ['N', 3])], [value(made, ['N', 1])]));
  expect(await numbersOf(passing([3]), `graph:${path}`, [1, 2, 3], [1, 3])).toEqual([4 * 14]);
});

it.each([
  ['output:pred_boxes[0,1]', "'pred_boxes'; it is a quantity and has no probability"],
  ['output:logits[0,1]', "'logits'; it is a quantity and has no probability"],
  ['box:0,0,4,4@1', "the predicted boxes 'pred_boxes' and the scores of their classes 'logits'"],
])('says of a detector asked for %s what its output is', async (target, says) => {
  const b = startGraph('detector');
  const rows = b.reshape('x', [-1, 2, 4]);
  b.alias(b.mul(rows, 2), 'logits');
  b.alias(b.emit('Sigmoid', [rows]), 'pred_boxes');
  const outputs = ['logits', 'pred_boxes'].map((name) => value(name, ['N', 2, 4]));
  const file = b.finish([value('x', ['N', 1, 2, 4])], outputs);
  expect((await classifierOf(file, 'detector.onnx', { engine, target })).head.says).toBe(says);
});

it('takes an output as it is for no score unless the file or the user says so', async () => {
  const b = startGraph('heads');
  b.alias(b.reduce('ReduceSum', 'x', [1]), 'age');
  b.alias(b.mul('x', 2), 'place');
  b.emit('Softmax', ['x'], { axis: int(1) }, 'shares');
  const outputs = [value('age', ['N', 1]), value('place', ['N', 3]), value('shares', ['N', 3])];
  const file = b.finish([value('x', ['N', 3])], outputs);
  const linkOf = async (target: string, stated: LoadOptions = {}) =>
    (await classifierOf(file, 'heads.onnx', { engine, target, ...stated })).head.link;
  expect(await linkOf('output:age')).toBe('none');
  expect(await linkOf('output:place[2]')).toBe('none');
  expect(await linkOf('output:shares[2]')).toBe('identity');
  expect(await linkOf('output:age', { head: 'sigmoid' })).toBe('sigmoid');
  expect(await linkOf('output:place[2]', { head: 'softmax' })).toBe('softmax');
  expect(await linkOf('output:place[2]', { multiLabel: true })).toBe('sigmoid');
  const untold = await classifierOf(file, 'heads.onnx', { engine, output: 'age' });
  expect(untold.head.link).toBe('sigmoid');
  const x = tensor(Float32Array.of(1, 2, 3), [1, 3]);
  const { model, targets } = await ask(untold, parseTarget('output:age'), x);
  expect(model.head.link).toBe('none');
  expect((await predict(model, x)).data[targets[0]!]).toBeCloseTo(6, 5);
});

it('refuses an output other than the one that a model was loaded for', async () => {
  const b = startGraph('heads');
  b.alias('x', 'findings');
  b.alias(b.mul('x', 2), 'age');
  const outputs = [value('findings', ['N', 3]), value('age', ['N', 3])];
  const file = b.finish([value('x', ['N', 3])], outputs);
  const model = await classifierOf(file, 'heads.onnx', { engine });
  const x = tensor(Float32Array.of(1, 2, 3), [1, 3]);
  const named = /names 'age', and the model was loaded to explain 'findings'; load it for this target/;
  for (const text of ['output:age[1]', 'output:age[1]@2'])
    await expect(ask(model, parseTarget(text), x)).rejects.toThrow(named);
  await expect(ask(model, { kind: 'similarity', of: 'age', at: x }, x)).rejects.toThrow(named);
  expect((await ask(model, parseTarget('output:findings[1]'), x)).targets).toEqual([1]);
});

it('takes tokens under the scores, and what a volume gives, for no boxes', async () => {
  const tokens = (places: readonly number[]) => {
    const b = startGraph('tokens');
    b.alias(b.reshape('x', [-1, 9, 6]), 'hidden');
    b.alias(b.reduce('ReduceMean', 'hidden', [1]), 'scores');
    const outputs = [value('scores', ['N', 6]), value('hidden', ['N', 9, 6])];
    return b.finish([value('x', ['N', ...places])], outputs);
  };
  for (const places of [
    [6, 3, 3],
    [2, 3, 3, 3],
  ]) {
    const file = tokens(places);
    const model = await classifierOf(file, 'tokens.onnx', { engine });
    const words = offersOf(file, model).map(({ target }) => target);
    expect(words).toContain('output:hidden[0,0]');
    expect(words.join()).not.toMatch(/box|region/);
  }
  const b = startGraph('parts');
  b.alias(b.reshape('x', [-1, 9, 6]), 'parts');
  const volume = b.finish([value('x', ['N', 2, 3, 3, 3])], [value('parts', ['N', 9, 6])]);
  expect(neededTarget(volume)).toBe('output:parts[0,0]');
  const target = 'box:0,0,3,3@0';
  const model = await classifierOf(volume, 'parts.onnx', { engine, target });
  const x = tensor(new Float32Array(54), [1, 2, 3, 3, 3]);
  await expect(ask(model, parseTarget(target), x)).rejects.toThrow(/a box in an image; .* \[N,2,3,3,3\]/);
});

it('computes probabilities, their logarithms and log-odds of every class', async () => {
  const scores = [0.4, -1, 2];
  const total = scores.reduce((sum, score) => sum + Math.exp(2 * score), 0);
  for (const [k, score] of scores.entries()) {
    const p = Math.exp(2 * score) / total;
    const found = (kind: string) => numbersOf(passing([3]), `${kind}:${k}`, scores, [1, 3]);
    expect((await found('probability'))[0]).toBeCloseTo(p, 5);
    expect((await found('log-probability'))[0]).toBeCloseTo(Math.log(p), 5);
    expect((await found('log-odds'))[0]).toBeCloseTo(Math.log(p) - Math.log(1 - p), 5);
  }
  expect(await numbersOf(passing([3]), 'class:2-class 1', scores, [1, 3])).toEqual([6]);
});

it('names what a model does not have', async () => {
  const three = (text: string) => numbersOf(passing([3]), text, [1, 2, 3], [1, 3]);
  await expect(three('class:5')).rejects.toThrow(/class '5' is none of 0 to 2/);
  await expect(three('region:1@predicted')).rejects.toThrow(/needs an output with positions/);
  await expect(three('box:1,2,3,4@0')).rejects.toThrow(/a box target reads \[N, boxes, 4 \+ classes\]/);
  await expect(three('output:age')).rejects.toThrow(/has no output 'age'/);
});
