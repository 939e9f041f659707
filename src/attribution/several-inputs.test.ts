import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../base/random.js';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { startGraph } from '../graph/builder.js';
import { float32 } from '../graph/elements.js';
import type { Graph } from '../graph/graph.js';
import { sizeOf, type Tensor, tensor } from '../tensor/tensor.js';
import { attributeInputs } from './several-inputs.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());
const random = seededRandom('several inputs');
const normal = (...shape: number[]) =>
  tensor(
    Float32Array.from({ length: sizeOf(shape) }, () => random.normal()),
    shape,
  );

/**
 * y = sum of relu(conv(image)) + weights * age * age + sex, of an image [1,6,6], two ages and a whole number.
 */
function clinical(): Graph {
  const b = startGraph('clinical');
  const kernel = b.constant(float32(normal(2, 1, 3, 3).data, [2, 1, 3, 3]));
  const map = b.relu(b.emit('Conv', ['image', kernel], { pads: { kind: 'ints', value: [1, 1, 1, 1] } }));
  const seen = b.reduce('ReduceSum', map, [2, 3], { keepdims: { kind: 'int', value: 0 } });
  const old = b.matMul(b.mul('age', 'age'), b.constant(float32([1, 2, 3, 4], [2, 2])));
  const sex = b.emit('Cast', ['sex'], { to: { kind: 'int', value: 1 } });
  const scores = b.add(b.add(seen, old), sex);
  const value = (name: string, shape: (number | string)[], type: 'float32' | 'int64' = 'float32') => ({
    ...{ name, type, shape },
  });
  return b.finish(
    [value('image', ['N', 1, 6, 6]), value('age', ['N', 2]), value('sex', ['N', 1], 'int64')],
    [{ ...value('scores', ['N', 2]), name: scores }],
  );
}

const graph = clinical();
const image = normal(3, 1, 6, 6);
const age = normal(3, 2);
const sex = { data: Float32Array.of(0, 1, 0), shape: [3, 1] };
const inputs = { image, age, sex };
const explain = (
  method: string,
  hold: readonly string[],
  options = {},
  given: Record<string, Tensor> = inputs,
) => attributeInputs(graph, given, { name: 'clinical.onnx', engine, hold }, method, [1], options);

describe('a model of several inputs', () => {
  it('needs nothing for an input that nothing reads', async () => {
    const unread = { name: 'unread', type: 'float32', shape: [1, 3] } as const;
    const more = { ...graph, inputs: [...graph.inputs, unread] };
    const given = { name: 'clinical.onnx', engine, hold: ['sex', 'age'] };
    const { maps } = await attributeInputs(more, inputs, given, 'gradient', [1]);
    expect(maps).toEqual((await explain('gradient', ['sex', 'age'])).maps);
  });

  it('gets a map for each attributed input, complete over all', async () => {
    const { maps, residual } = await explain('integrated-gradients', ['sex'], { steps: 32 });
    expect(Object.keys(maps)).toEqual(['image', 'age']);
    expect(maps.image!.shape).toEqual([3, 1, 6, 6]);
    // The part of age is 2 a0^2 + 4 a1^2, exactly.
    const parts = [...maps.age!.data].map((value, i) => value / age.data[i]! ** 2);
    for (const [i, part] of parts.entries()) expect(part).toBeCloseTo(i % 2 === 0 ? 2 : 4, 4);
    for (const one of residual!) expect(one).toBeCloseTo(0, 3);
  });

  it('explains an image beside held values as a model of that image', async () => {
    const { maps } = await explain('gradcam', ['age', 'sex']);
    expect(Object.entries(maps).map(([name, { shape }]) => [name, shape])).toEqual([['image', [3, 1, 6, 6]]]);
    const slopes = await explain('gradient', ['age', 'sex']);
    const all = await explain('gradient', ['sex']);
    for (const [i, slope] of slopes.maps.image!.data.entries())
      expect(slope).toBeCloseTo(all.maps.image!.data[i]!, 5);
  });

  it('hides cells of its images and single values', async () => {
    const { maps } = await explain('feature-ablation', ['sex']);
    expect(maps.age!.data[1]).toBeCloseTo(4 * age.data[1]! ** 2, 4);
    await expect(explain('occlusion', ['sex'])).rejects.toThrow(/occlusion hides places of one image.*hold/);
    await expect(explain('gradcam', ['sex'])).rejects.toThrow(/give upsample=none, or hold/);
  });

  it('names an input that is missing, unknown or of another shape', async () => {
    await expect(explain('gradient', ['sex'], {}, { image, age })).rejects.toThrow(/input 'sex' .*not given/);
    await expect(explain('gradient', ['sexe'])).rejects.toThrow(/sexe/);
    await expect(explain('gradient', ['image', 'age', 'sex'])).rejects.toThrow(/all inputs are held/);
    await expect(explain('gradient', ['sex'], {}, { ...inputs, age: normal(3, 3) })).rejects.toThrow(
      /'age' takes \[N,2\]; got \[3,3\]/,
    );
    await expect(explain('gradient', [])).rejects.toThrow(
      /'sex' holds int64, which has no derivative; hold it/,
    );
  });
});
