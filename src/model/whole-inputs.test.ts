import { afterAll, describe, expect, it } from 'vitest';
import { attribute } from '../attribution/attribute.js';
import { attributeInputs } from '../attribution/several-inputs.js';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { int } from '../graph/attributes.js';
import { startGraph } from '../graph/builder.js';
import { float32 } from '../graph/elements.js';
import type { Graph, Value } from '../graph/graph.js';
import { type Tensor, tensor } from '../tensor/tensor.js';
import { array, conv, pooled, relu, weights } from '../testing/networks/pooled.js';
import { classifierOf } from './load.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

type Lengths = readonly (number | string)[];
const value = (name: string, shape: Lengths, type: Value['type'] = 'float32'): Value => ({
  name,
  type,
  shape,
});
const [kernel, offsets] = [weights(4, 2, 3, 3), weights(4)];

/** The features of an image by each row of a table: what compares pictures with texts. */
function compared(image: Lengths, table: Lengths | Tensor, output: Lengths): Graph {
  const b = startGraph('compared');
  const made = b.emit('Conv', ['image', b.constant(kernel), b.constant(offsets)]);
  const features = pooled(b, relu(b, made, 'maps'));
  const rows = 'data' in table ? b.constant(float32(table.data, table.shape)) : 'table';
  b.emit('MatMul', [features, b.transpose(rows, [1, 0])], {}, 'y');
  const inputs = [value('image', image), ...('data' in table ? [] : [value('table', table)])];
  return b.finish(inputs, [value('y', output)]);
}

/** An image's scores, times a number. */
function scaled(scale: Value): Graph {
  const b = startGraph('scaled');
  const factor = scale.type === 'float32' ? scale.name : b.emit('Cast', [scale.name], { to: int(1) });
  const features = pooled(b, relu(b, conv(b, 'image', 2, 4), 'maps'));
  b.emit('MatMul', [b.mul(features, factor), b.constant(weights(4, 2))], {}, 'y');
  return b.finish([value('image', ['N', 2, 5, 5]), scale], [value('y', ['N', 2])]);
}

const images = array(2, 2, 5, 5);
const table = array(3, 4);
const named = { name: 'net.onnx', engine };
const explained = (
  graph: Graph,
  given: Record<string, Tensor>,
  hold: readonly string[],
  method = 'gradient',
) => attributeInputs(graph, given, { ...named, hold }, method, [1]);

describe('an input without an axis of samples is held as a whole', () => {
  it.each<[string, Lengths, Lengths, Lengths]>([
    ['of a fixed length', ['N', 2, 5, 5], [3, 4], ['N', 3]],
    ['of a length that becomes classes', ['N', 2, 5, 5], ['K', 4], ['N', 'K']],
    ['of another length than a fixed batch', [1, 2, 5, 5], [3, 4], [1, 3]],
  ])('%s', async (_name, image, shape, output) => {
    const inside = await classifierOf(compared(['N', 2, 5, 5], table, ['N', 3]), 'inside.onnx', { engine });
    for (const method of ['gradient', 'gradcam', 'occlusion']) {
      const wanted = await attribute(inside, method, images, [1, 1]);
      for (const given of [table, { ...table, shape: [1, 3, 4] }]) {
        const found = await explained(
          compared(image, shape, output),
          { image: images, table: given },
          ['table'],
          method,
        );
        expect(found.head.link).toBe('softmax');
        expect(found.maps.image!.shape).toEqual(wanted.map.shape);
        for (const [i, v] of found.maps.image!.data.entries()) expect(v).toBeCloseTo(wanted.map.data[i]!, 5);
      }
    }
  });

  it('and not explained, or taken in another shape', async () => {
    const graph = compared(['N', 2, 5, 5], [3, 4], ['N', 3]);
    await expect(explained(graph, { image: images, table }, [])).rejects.toThrow(
      "input 'table' [3,4] has no axis of samples, and is one for all of them; hold it (--hold table)",
    );
    await expect(explained(graph, { image: images, table: array(2, 4) }, ['table'])).rejects.toThrow(
      "input 'table' takes [3,4], one for all samples, as it has no axis of them; got [2,4]",
    );
  });

  it.each<[string, Lengths, Lengths, Lengths, string]>([
    [
      'no output has the length of an input',
      [2, 2, 5, 5],
      [3, 4],
      [6],
      'nothing tells which first axis counts',
    ],
    [
      'samples are counted on another axis',
      ['N', 2, 5, 5],
      [3, 'N'],
      ['N', 3],
      "has its batch 'N' on axis 1",
    ],
  ])('and refused where %s', async (_name, image, shape, output, why) => {
    const graph = compared(image, shape, output);
    await expect(explained(graph, { image: images, table }, ['table'])).rejects.toThrow(why);
  });
});

describe('a row for each sample stays one', () => {
  it.each<[string, Lengths, Lengths]>([
    ['of a fixed batch', [1, 2, 5, 5], [1, 4]],
    ['of batches of two names', ['a', 2, 5, 5], ['b', 4]],
    ['of a batch that only the image leaves open', ['N', 2, 5, 5], [1, 4]],
  ])('%s', async (_name, image, shape) => {
    const b = startGraph('added');
    const made = b.emit('Conv', ['image', b.constant(kernel), b.constant(offsets)]);
    const features = pooled(b, relu(b, made, 'maps'));
    b.emit('MatMul', [b.mul(features, 'table'), b.constant(weights(4, 2))], {}, 'y');
    const graph = b.finish([value('image', image), value('table', shape)], [value('y', [image[0]!, 2])]);
    const each = array(2, 4);
    const { maps } = await explained(graph, { image: images, table: each }, ['table']);
    for (const i of [0, 1]) {
      const own = { image: tensor(images.data.slice(i * 50, i * 50 + 50), [1, 2, 5, 5]) };
      const row = tensor(each.data.slice(i * 4, i * 4 + 4), [1, 4]);
      const alone = await explained(graph, { ...own, table: row }, ['table']);
      for (const [k, v] of alone.maps.image!.data.entries())
        expect(maps.image!.data[i * 50 + k]).toBeCloseTo(v, 5);
    }
  });
});

describe('a scalar input', () => {
  const types = ['float32', 'int64', 'bool'] as const;
  it.each(
    types.flatMap(
      (type) =>
        [
          [type, []],
          [type, [1]],
          [type, ['N']],
        ] as [Value['type'], Lengths][],
    ),
  )('takes a number, or an array of no axes or of one: %s [%s]', async (type, shape) => {
    const graph = scaled(value('scale', shape, type));
    const one = { image: tensor(images.data.slice(0, 50), [1, 2, 5, 5]) };
    const found = await Promise.all(
      [[], [1], [1, 1]].map(
        async (axes) =>
          (await explained(graph, { ...one, scale: tensor(Float32Array.of(1), axes) }, ['scale'])).maps
            .image!,
      ),
    );
    const none = await explained(graph, { ...one, scale: tensor(Float32Array.of(0), []) }, ['scale']);
    expect(none.maps.image!.data.every((v) => v === 0)).toBe(true);
    for (const map of found) {
      expect(map.shape).toEqual([1, 2, 5, 5]);
      expect(map.data).toEqual(found[0]!.data);
      expect(map.data.some((v) => v !== 0)).toBe(true);
    }
  });

  it('may have another value for each sample', async () => {
    const graph = scaled(value('scale', []));
    const { maps } = await explained(graph, { image: images, scale: tensor(Float32Array.of(1, 0), [2]) }, [
      'scale',
    ]);
    expect(maps.image!.data.subarray(0, 50).some((v) => v !== 0)).toBe(true);
    expect(maps.image!.data.subarray(50).every((v) => v === 0)).toBe(true);
  });

  it('is no image', async () => {
    const graph = scaled(value('scale', []));
    const number = tensor(Float32Array.of(1), []);
    await expect(explained(graph, { image: number, scale: number }, ['scale'])).rejects.toThrow(
      "input 'image' takes [N,2,5,5]; got one number",
    );
    await expect(explained(graph, { image: images, scale: array(2, 3) }, ['scale'])).rejects.toThrow(
      "input 'scale' takes one number, or one for each sample [N]; got [2,3]",
    );
  });
});
