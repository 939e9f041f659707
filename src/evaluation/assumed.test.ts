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

it('a score says that its probability is assumed, where nobody states it', async () => {
  const data = Float32Array.of(4, 3, 2, 1);
  const noteOf = async (metric: 'deletion' | 'average-drop' | 'infidelity', options?: LoadOptions) => {
    const model = await sum(options);
    const asked = { model, input: tensor(data, [1, 1, 2, 2]), target: 0, seed: 0, run: quietly };
    return (await scoreMap(metric, { map: tensor(data, [2, 2]), ...asked })).note ?? '';
  };
  const said = 'probabilities are the sigmoid of the output (of one output; head regression';
  expect(await noteOf('deletion')).toContain(said);
  expect(await noteOf('average-drop')).toContain(said);
  expect(await noteOf('infidelity')).not.toContain(said);
  expect(await noteOf('deletion', { head: 'sigmoid' })).not.toContain(said);
});
