import { afterAll, expect, it } from 'vitest';
import { quietly } from '../base/run.js';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { startGraph } from '../graph/builder.js';
import { int64 } from '../graph/elements.js';
import { classifierOf, type LoadOptions } from '../model/load.js';
import { tensor } from '../tensor/tensor.js';
import { scoreMap } from './score.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

/** The sum of an image's pixels: a score or a quantity. */
const sum = (options: LoadOptions = {}) => {
  const b = startGraph('sum');
  b.emit('ReduceSum', [b.emit('Flatten', ['x']), b.constant(int64([1]))], {}, 'sum');
  const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
  return classifierOf(b.finish([value('x', ['N', 1, 2, 2])], [value('sum', ['N', 1])]), 'sum', {
    ...{ engine },
    ...options,
  });
};

async function noteOf(metric: 'deletion' | 'average-drop' | 'infidelity', options?: LoadOptions, scale = 1) {
  const model = await sum(options);
  const data = Float32Array.of(4, 3, 2, 1).map((value) => value * scale);
  const asked = { model, input: tensor(data, [1, 1, 2, 2]), target: 0, seed: 0, run: quietly };
  return (await scoreMap(metric, { map: tensor(data, [2, 2]), ...asked })).note ?? '';
}

it('a score says that its probability is assumed, where nobody states it', async () => {
  const said = 'probabilities are the sigmoid of the output (of one output; head regression';
  expect(await noteOf('deletion')).toContain(said);
  expect(await noteOf('average-drop')).toContain(said);
  expect(await noteOf('infidelity')).not.toContain(said);
  expect(await noteOf('deletion', { head: 'sigmoid' })).not.toContain(said);
});

it('a score says that what is taken for a probability leaves 0 to 1', async () => {
  const said = 'the output is taken for a probability and is 10.0: it is none';
  expect(await noteOf('deletion', { head: 'probability' })).toContain(said);
  expect(await noteOf('average-drop', { head: 'probability' })).toContain(said);
  expect(await noteOf('deletion', { head: 'log-probability' })).toMatch(/and is 2\.20e\+4: it is none/);
  expect(await noteOf('infidelity', { head: 'probability' })).not.toContain('it is none');
  expect(await noteOf('deletion', { head: 'sigmoid' })).not.toContain('it is none');
  expect(await noteOf('deletion', { head: 'probability' }, 0.1)).not.toContain('it is none');
  expect(await noteOf('deletion', { head: 'log-probability' }, -1)).not.toContain('it is none');
});
