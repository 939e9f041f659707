import { afterAll, expect, it } from 'vitest';
import { attribute } from '../../attribution/attribute.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { startGraph } from '../../graph/builder.js';
import { tensor } from '../../tensor/tensor.js';
import { value, weights } from '../../testing/networks/scores.js';
import { classifierOf } from '../load.js';
import { predict } from '../predict.js';
import { probabilities } from '../probability.js';
import { inOrderOf, ofBothClasses, otherNames, otherOrder, takenFor } from './task-classes.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const task = { classes: ['no finding', 'finding'], multiLabel: false };
const input = tensor(
  Float32Array.from({ length: 24 }, (_, i) => Math.sin(i)),
  [2, 3, 2, 2],
);

/** One score of an image; its sigmoid, or the score itself. */
const scoring = (end: 'Sigmoid' | 'Identity', classes = 1) => {
  const b = startGraph('score');
  const score = b.emit('MatMul', [b.emit('Flatten', ['x']), b.constant(weights(12, classes))]);
  b.alias(b.emit(end, [score]), 'y');
  return b.finish([value('x', ['N', 3, 2, 2])], [value('y')]);
};
const load = () => classifierOf(scoring('Sigmoid'), 'score.onnx', { engine });

it('a score is that of the second class, and its negative that of the first', async () => {
  const one = await load();
  const both = await ofBothClasses(one, task);
  expect(both.classes).toEqual(task.classes);
  const [score, scores] = [await predict(one, input), await predict(both, input)];
  expect([...scores.data]).toEqual([...score.data].flatMap((z) => [-z, z]));
  const shares = probabilities(both, scores).data;
  for (const row of [0, 1]) expect(shares[2 * row]! + shares[2 * row + 1]!).toBeCloseTo(1, 6);
  const own = await attribute(one, 'gradient', input, [0, 0]);
  const second = await attribute(both, 'gradient', input, [1, 1]);
  const first = await attribute(both, 'gradient', input, [0, 0]);
  expect(second.map.data).toEqual(own.map.data);
  expect([...first.map.data]).toEqual([...own.map.data].map((slope) => -slope));
});

it('a probability leaves the rest to the first class', async () => {
  const one = await classifierOf(scoring('Sigmoid'), 'score.onnx', {
    engine,
    output: 'y',
    head: 'probability',
  });
  const { data } = await predict(await ofBothClasses(one, task), input);
  for (const row of [0, 1]) expect(data[2 * row]).toBeCloseTo(1 - data[2 * row + 1]!, 6);
});

it('models of other outputs, and for tasks of other classes, stay as they are', async () => {
  const two = await classifierOf(scoring('Identity', 2), 'two.onnx', { engine });
  const number = await classifierOf(scoring('Identity'), 'number.onnx', { engine, head: 'regression' });
  const one = await load();
  for (const model of [two, number]) expect(await ofBothClasses(model, task)).toBe(model);
  expect(await ofBothClasses(one, { ...task, multiLabel: true })).toBe(one);
  expect(await ofBothClasses(one, { ...task, classes: ['a', 'b', 'c'] })).toBe(one);
});

it('classes that a file states in another order are put in that of the task', async () => {
  const graph = scoring('Identity', 3);
  const load = (classes: readonly string[]) => classifierOf(graph, 'three.onnx', { engine, classes });
  const three = { classes: ['normal', 'benign', 'malignant'], multiLabel: false };
  const other = await load(['Malignant', 'normal', 'benign ']);
  expect(otherOrder(other, three)).toEqual([1, 2, 0]);
  const sorted = await inOrderOf(other, three);
  expect(sorted.classes).toEqual(three.classes);
  expect(sorted.head.says).toContain('in the order of the task');
  const [own, put] = [await predict(other, input), await predict(sorted, input)];
  for (const row of [0, 3])
    expect([...put.data.subarray(row, row + 3)]).toEqual([1, 2, 0].map((k) => own.data[row + k]));
  const [first, last] = [0, 2].map((k) => attribute(sorted, 'gradient', input, [k, k]));
  expect((await first!).map.data).toEqual((await attribute(other, 'gradient', input, [1, 1])).map.data);
  expect((await last!).map.data).toEqual((await attribute(other, 'gradient', input, [0, 0])).map.data);
  for (const classes of [three.classes, ['class 0', 'class 1', 'class 2'], ['normal', 'normal', 'benign']]) {
    const same = await load(classes);
    expect(await inOrderOf(same, three)).toBe(same);
  }
});

it.each<[readonly string[], readonly string[], boolean]>([
  [['class 0', 'class 1'], ['no finding', 'finding'], false],
  [['Finding', 'no finding '], ['no finding', 'finding'], false],
  [['benign', 'malignant'], ['no finding', 'finding'], true],
  [['finding'], ['no finding', 'finding'], false],
  [['no finding'], ['no finding', 'finding'], true],
])('outputs named %j for %j: other names %s', (classes, wanted, isOther) => {
  expect(otherNames({ classes }, { classes: wanted })).toEqual(isOther ? classes : undefined);
});

it('says which output is taken for which class where the file names none', () => {
  const classes = ['effusion', 'nodule'];
  expect(takenFor({ classes: ['class 0', 'class 1'] }, { classes })).toBe(
    "not named by the file; output 0 is taken for 'effusion', output 1 is taken for 'nodule'",
  );
  expect(takenFor({ classes }, { classes })).toBeUndefined();
  expect(takenFor({ classes: ['class 0'] }, { classes })).toBeUndefined();
});
