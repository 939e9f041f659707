import { afterAll, expect, it } from 'vitest';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { startGraph } from '../../graph/builder.js';
import type { Graph } from '../../graph/graph.js';
import { tensor } from '../../tensor/tensor.js';
import { classifierOf } from '../load.js';
import { predict } from '../predict.js';
import { parseTarget, spelled } from '../target.js';
import { ask } from './ask.js';

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

/** The input itself, reshaped, as the output of a network. */
function passing(shape: readonly number[], transposed = false): Graph {
  const builder = startGraph('passing');
  const doubled = builder.mul('x', 2);
  const made = transposed ? builder.transpose(doubled, [0, 2, 1]) : doubled;
  const input = { name: 'x', type: 'float32', shape: ['N', ...shape] } as const;
  return builder.finish([input], [{ name: made, type: 'float32', shape: ['N', ...shape] }]);
}

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
