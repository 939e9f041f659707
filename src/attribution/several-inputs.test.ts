import { afterAll, describe, expect, it } from 'vitest';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { type Builder, startGraph } from '../graph/builder.js';
import { float32 } from '../graph/elements.js';
import type { Graph } from '../graph/graph.js';
import { type Tensor, zeros } from '../tensor/tensor.js';
import { normalFrom } from '../testing/normal.js';
import { attributeInputs } from './several-inputs.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());
const normal = normalFrom('several inputs');

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

const pooledOf = (b: Builder, map: string) =>
  b.reduce('ReduceMean', map, [2, 3], { keepdims: { kind: 'int', value: 0 } });

/** Two scores of the mean of 16 tokens of a map of four channels, after they attended to each other. */
function attended(b: Builder, map: string): string {
  const weights = (...shape: number[]) => b.constant(float32(normal(...shape).data, shape));
  const tokens = b.transpose(b.reshape(map, [0, 4, 16]), [0, 2, 1]);
  const part = () => b.matMul(tokens, weights(4, 4));
  const seen = b.emit('Softmax', [b.matMul(part(), b.transpose(part(), [0, 2, 1]))]);
  const mixed = b.matMul(b.add(tokens, b.matMul(seen, part())), weights(4, 2));
  return b.reduce('ReduceMean', mixed, [1], { keepdims: { kind: 'int', value: 0 } });
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
    const { maps, explained } = await explain('integrated-gradients', ['sex'], { steps: 32 });
    expect(Object.keys(maps)).toEqual(['image', 'age']);
    expect(maps.image!.shape).toEqual([3, 1, 6, 6]);
    // The part of age is 2 a0^2 + 4 a1^2, exactly.
    const parts = [...maps.age!.data].map((value, i) => value / age.data[i]! ** 2);
    for (const [i, part] of parts.entries()) expect(part).toBeCloseTo(i % 2 === 0 ? 2 : 4, 4);
    for (const one of explained.residual!) expect(one).toBeCloseTo(0, 3);
  });

  it('explains an image beside held values as a model of that image', async () => {
    const { maps } = await explain('gradcam', ['age', 'sex']);
    expect(Object.entries(maps).map(([name, { shape }]) => [name, shape])).toEqual([['image', [3, 1, 6, 6]]]);
    const slopes = await explain('gradient', ['age', 'sex']);
    const all = await explain('gradient', ['sex']);
    for (const [i, slope] of slopes.maps.image!.data.entries())
      expect(slope).toBeCloseTo(all.maps.image!.data[i]!, 5);
  });

  it.each<[string, (b: Builder, map: string, table: string) => string]>([
    ['a table joined to pooled features', (b, map, table) => b.concat([pooledOf(b, map), table], 1)],
    ['tokens that attend, and a table', (b, map, table) => b.add(attended(b, map), table)],
    [
      'channels scaled by a table',
      (b, map, table) => pooledOf(b, b.mul(map, b.unsqueeze(b.concat([table, table], 1), [2, 3]))),
    ],
  ])('has the CAM layer of its image, whether the rest is held or not: %s', async (_name, head) => {
    const b = startGraph('beside');
    const kernel = b.constant(float32(normal(4, 1, 3, 3).data, [4, 1, 3, 3]));
    const seen = head(b, b.emit('Relu', [b.emit('Conv', ['image', kernel])]), 'age');
    const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
    const inputs = [value('image', ['N', 1, 6, 6]), value('age', ['N', 2])];
    const beside = b.finish(inputs, [value(seen, ['N', 'K'])]);
    const mapOf = async (hold: readonly string[]) => {
      const model = { name: 'beside.onnx', engine, hold };
      const options = { upsample: 'none' };
      const { maps } = await attributeInputs(beside, { image, age }, model, 'gradcam', [1], options);
      return Object.values(maps)[0]!;
    };
    const [held, explained] = [await mapOf(['age']), await mapOf([])];
    expect(explained.shape).toEqual([3, 1, 4, 4]);
    for (const [i, value] of explained.data.entries()) expect(value).toBeCloseTo(held.data[i]!, 5);
  });

  it('hides cells of its images and single values', async () => {
    const { maps } = await explain('feature-ablation', ['sex']);
    expect(maps.age!.data[1]).toBeCloseTo(4 * age.data[1]! ** 2, 4);
    await expect(explain('occlusion', ['sex'])).rejects.toThrow(/occlusion hides places of one image.*hold/);
    await expect(explain('gradcam', ['sex'])).rejects.toThrow(
      /hold the others, such as 'age' \(--hold NAME\), or give upsample=none/,
    );
  });

  it('has a map of a layer of each of two views, the other held, and says so', async () => {
    const b = startGraph('views');
    const kernel = b.constant(float32(normal(4, 1, 3, 3).data, [4, 1, 3, 3]));
    const seen = (view: string) => pooledOf(b, b.relu(b.emit('Conv', [view, kernel])));
    const weights = b.constant(float32(normal(8, 2).data, [8, 2]));
    const score = b.matMul(b.concat([seen('cc'), seen('mlo')], 1), weights);
    const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
    const inputs = ['cc', 'mlo'].map((name) => value(name, ['N', 1, 6, 6]));
    const views = b.finish(inputs, [value(score, ['N', 2])]);
    const of = (hold: readonly string[]) =>
      attributeInputs(views, { cc: image, mlo: image }, { name: 'v.onnx', engine, hold }, 'gradcam', [1]);
    await expect(of([])).rejects.toThrow(/hold the others, such as 'mlo' \(--hold NAME\)/);
    expect((await of(['mlo'])).maps.cc!.shape).toEqual([3, 1, 6, 6]);
    expect((await of(['cc'])).maps.mlo!.shape).toEqual([3, 1, 6, 6]);
  });

  it('refuses maps of folded inputs, and says what the row of all values holds', async () => {
    const b = startGraph('siamese');
    const kernel = b.constant(float32(normal(4, 1, 3, 3).data, [4, 1, 3, 3]));
    const seen = pooledOf(b, b.relu(b.emit('Conv', [b.concat(['now', 'prior'], 0), kernel])));
    const [now, prior] = b.emitAll('Split', [seen], 2, { num_outputs: { kind: 'int', value: 2 } });
    const score = b.emit('Sub', [now!, prior!]);
    const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
    const images = [value('now', ['N', 1, 6, 6]), value('prior', ['N', 1, 6, 6])];
    const siamese = b.finish(images, [value(score, ['N', 4])]);
    const given = { now: image, prior: normal(3, 1, 6, 6) };
    const refused = (method: string, options = {}) =>
      attributeInputs(siamese, given, { name: 'siamese.onnx', engine }, method, [1], options);
    for (const upsample of ['none', 'bilinear'])
      for (const method of ['gradcam', 'eigencam'])
        await expect(refused(method, { upsample })).rejects.toThrow(
          new RegExp(`^${method}: the model has no map .* of 2 parts of it, folded into the batch`),
        );
    for (const method of ['blur-ig', 'fullgrad', 'xrai', 'activation-pattern'])
      await expect(refused(method)).rejects.toThrow(
        /,72\].*; its 72 values are those of its inputs in a row \('now' \[1,6,6\], 'prior' \[1,6,6\]\): hold/,
      );
  });

  it('keeps what is known of each sample at its place, whatever is held', async () => {
    const ages = { data: Float32Array.of(1, 0, 2, 0, 1, 0), shape: [3, 2] };
    const given = { image: zeros([3, 1, 6, 6]), age: ages, sex };
    const asked = { name: 'clinical.onnx', engine, hold: ['age', 'sex'] };
    const told = async (method: string, options = {}) =>
      (await attributeInputs(graph, given, asked, method, [0, 1, 0], options)).explained;
    const { compared, made, notes, residual } = await told('integrated-gradients', { steps: 4 });
    // The scores at an image of zeros: the first age squared times 1 or 2, and the sex.
    expect(compared!.input).toEqual([1, 2 * 4 + 1, 1]);
    expect(compared!.baseline).toEqual(compared!.input);
    expect(residual).toEqual([0, 0, 0]);
    expect(made.targets).toEqual([0, 1, 0]);
    const text = notes.join('; ');
    expect(text).toMatch(/output is 9\.00 at it, and 9\.00 at the input \(sample 1\)/);
    expect(text).toMatch(/output is 1\.00, 1\.00 at it, .* \(samples 0, 2\)/);
    expect((await told('rise', { masks: 4 })).notes.join()).toMatch(/behind every mask \(sample 1\)/);
    const whole = await attributeInputs(graph, given, { ...asked, hold: ['sex'] }, 'gradient', [0, 1, 0]);
    expect(whole.explained.made.targets).toEqual([0, 1, 0]);
  });

  it('tells what its explained output is', async () => {
    const b = startGraph('probabilities');
    b.emit('Softmax', [graph.outputs[0]!.name], {}, 'p');
    const { nodes } = b.finish([], []);
    const ended = { ...graph, nodes: [...graph.nodes, ...nodes] };
    const given = { ...ended, outputs: [{ name: 'p', type: 'float32' as const, shape: ['N', 2] }] };
    const model = { name: 'probabilities.onnx', engine, hold: ['age', 'sex'] };
    const { head, maps } = await attributeInputs(given, inputs, model, 'gradient', [1]);
    expect(head.says).toMatch(/the score before the final Softmax \(output 'p'/);
    const scores = await explain('gradient', ['age', 'sex']);
    expect(maps).toEqual(scores.maps);
    expect(scores.head.plain).toBe(true);
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
