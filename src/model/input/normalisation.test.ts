import { afterAll, describe, expect, it } from 'vitest';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { startGraph } from '../../graph/builder.js';
import { float32 } from '../../graph/elements.js';
import { tinyModel } from '../../testing/tiny-model.js';
import { classifierOf } from '../load.js';
import { normalisationText, pixelEnds } from '../normalisation.js';
import { modelInput } from './input.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());
const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });

/** The tiny model with a scaling of the input before it. */
function scaled(op: string, by: number) {
  const tiny = tinyModel();
  const b = startGraph('scaled');
  b.emit(op, ['pixels', b.constant(float32([by], []))], {}, 'x');
  const front = b.finish([value('pixels', ['N', 1, 8, 8])], tiny.outputs);
  return {
    ...front,
    nodes: [...front.nodes, ...tiny.nodes],
    initializers: new Map([
      ...[...front.initializers].map(([k, v]) => [k, v] as const),
      ...tiny.initializers,
    ]),
  };
}

describe('normalisation', () => {
  it.each([
    ['Div', 255, 'graph'],
    ['Sub', 127.5, 'graph'],
    ['Mul', 2, undefined],
  ] as const)('is derived for %s by %d after the input', async (op, by, told) => {
    const graph = scaled(op, by);
    const names = new Set([...graph.initializers.keys()]);
    expect(names.size).toBe(3);
    const { input } = await classifierOf(graph, 'scaled.onnx', { engine });
    expect(input.normalisedBy).toBe(told);
    expect(input.normalisation.std).toEqual([told ? 1 / 255 : 1]);
  });

  it('takes a preset or one number per channel', async () => {
    const load = (normalisation: object | 'minus-one-one' | 'imagenet') =>
      classifierOf(tinyModel(), 'tiny.onnx', { engine, normalisation: normalisation as 'imagenet' });
    const model = await load('minus-one-one');
    const white = { data: new Float32Array(64).fill(1), shape: [1, 8, 8] };
    expect([...new Set(modelInput(model, white).data)]).toEqual([1]);
    await expect(load('imagenet')).rejects.toThrow(
      'normalisation imagenet is of 3 channels; the model takes 1',
    );
    await expect(load({ mean: [0, 0], std: [1, 1] })).rejects.toThrow(
      'tiny.onnx: normalisation: got 2 means and 2 deviations; the model takes images of 1 channel',
    );
    await expect(load({ mean: [0], std: [0] })).rejects.toThrow('a deviation has to be above 0');
    for (const [mean, std] of [
      [128, 64],
      [0, 255],
      [-0.5, 1],
    ])
      await expect(load({ mean: [mean], std: [std] })).rejects.toThrow(
        'divide means and deviations of bytes',
      );
  });

  it('is refused where the graph takes other pixels', async () => {
    const load = (normalisation: 'zero-one' | 'imagenet' | '0-255' | 'minus-one-one') =>
      classifierOf(scaled('Div', 255), 'scaled.onnx', { engine, normalisation });
    expect((await load('0-255')).input.normalisation.std).toEqual([1 / 255]);
    await expect(load('minus-one-one')).rejects.toThrow(
      'scaled.onnx: normalisation is given as mean 0.5 and std 0.5, and its graph takes pixels of 0 to 255; leave it out',
    );
  });

  it('is refused where the file says another one', async () => {
    const said = (mean: number) => ({
      ...tinyModel(),
      metadata: { sightline: JSON.stringify({ normalisation: { mean: [mean], std: [0.25] } }) },
    });
    const given = { mean: [0.5], std: [0.25] };
    const load = (mean: number) => classifierOf(said(mean), 'tiny.onnx', { engine, normalisation: given });
    expect((await load(0.5)).input.normalisation).toEqual(given);
    expect((await load(0.5004)).input.normalisation).toEqual(given);
    await expect(load(0.4)).rejects.toThrow(
      'tiny.onnx: normalisation is given as mean 0.5 and std 0.25, and its file says mean 0.4 and std 0.25; leave it out',
    );
    await expect(classifierOf(said(0.4), 'tiny.onnx', { engine, normalisation: 'zero-one' })).rejects.toThrow(
      'leave it out',
    );
  });

  it('is asked for where nothing tells it, and malformed ones are refused', async () => {
    const model = await classifierOf(tinyModel(), 'tiny.onnx', { engine });
    const white = { data: new Float32Array(64).fill(1), shape: [1, 8, 8] };
    const message =
      'tiny.onnx: its file does not tell how an image is normalised; give normalisation: { mean, std } with a number for each channel or one for all, or one of zero-one, minus-one-one, 0-255, imagenet (on the command line --mean and --std, or --normalisation)';
    expect(() => modelInput(model, white)).toThrow(expect.objectContaining({ kind: 'usage', message }));
    for (const normalisation of ['image-net', { mean: 0.5, std: 0.5 }, { mean: [0], std: ['1'] }]) {
      await expect(
        classifierOf(tinyModel(), 'tiny.onnx', { engine, normalisation: normalisation as 'imagenet' }),
      ).rejects.toThrow(`tiny.onnx: option normalisation got ${JSON.stringify(normalisation)}; it takes`);
    }
  });
});

it('takes one number for all channels', async () => {
  const b = startGraph('means');
  b.alias(b.reduce('ReduceMean', b.relu('x'), [2, 3]), 'y');
  const graph = b.finish([value('x', ['N', 3, 4, 4])], [value('y', ['N', 3])]);
  const load = (normalisation: { mean: number[]; std: number[] }) =>
    classifierOf(graph, 'means.onnx', { engine, normalisation });
  const { input } = await load({ mean: [0.5], std: [0.1, 0.2, 0.4] });
  expect(input.normalisation).toEqual({ mean: [0.5, 0.5, 0.5], std: [0.1, 0.2, 0.4] });
  await expect(load({ mean: [0.5, 0.5], std: [1] })).rejects.toThrow('got 2 means and 3 deviations');
});

describe('the shape of images', () => {
  const open = (shape: (number | string)[]) => {
    const graph = tinyModel();
    return { ...graph, inputs: [{ ...graph.inputs[0]!, shape }] };
  };

  it('fills what a file leaves open', async () => {
    const load = (shape: (number | string)[], imageShape: readonly [number, number, number]) =>
      classifierOf(open(shape), 'tiny.onnx', { engine, imageShape });
    expect((await load(['N', 1, 'h', 'w'], [1, 12, 10])).input.shape).toEqual([1, 12, 10]);
  });

  it.each([
    [['N', 1, 8, 8], [3, 8, 8], '3 channels and 8x8: prepare them with --channels 1'],
    [['N', 3, 8, 8], [1, 8, 8], '1 channel and 8x8: prepare them with --channels 3'],
    [['N', 12, 10, 3], [1, 12, 10], '1 channel and 12x10: prepare them with --channels 3'],
    [['N', 3, 12, 10], [1, 8, 8], '1 channel and 8x8: prepare them with --channels 3 --size 12,10'],
    [['N', 12, 'w', 1], [1, 8, 8], '1 channel and 8x8: prepare them with --size 12,8'],
    [['N', 2, 8, 8], [1, 8, 8], '1 channel and 8x8, and no set has 2 channels'],
    [['N', 8, 8, 5], [3, 8, 8], '3 channels and 8x8, and no set has 5 channels'],
  ] as const)('%j is told from images of %j with what to do', async (shape, images, says) => {
    await expect(classifierOf(open([...shape]), 'tiny.onnx', { engine, imageShape: images })).rejects.toThrow(
      `tiny.onnx: takes inputs of shape [${shape}]; the set's images are of ${says}`,
    );
  });

  it('is refused by a model of no images', async () => {
    await expect(
      classifierOf(open(['N', 12]), 'tiny.onnx', { engine, imageShape: [1, 8, 8] }),
    ).rejects.toThrow("takes inputs of shape [N,12], which are no images; the set's are [1,8,8]");
  });
});

describe('pixels that a model takes', () => {
  const quantised = (type: 'int8' | 'uint8', zero: number, scale: number) => {
    const tiny = tinyModel();
    const b = startGraph('quantised');
    const point = b.constant({ type, data: (type === 'int8' ? Int8Array : Uint8Array).of(zero), shape: [] });
    const by = [b.constant(float32([scale], [])), point] as const;
    b.emit('DequantizeLinear', [b.emit('QuantizeLinear', ['pixels', ...by]), ...by], {}, 'x');
    const front = b.finish([value('pixels', ['N', 1, 8, 8])], tiny.outputs);
    return {
      ...front,
      nodes: [...front.nodes, ...tiny.nodes],
      initializers: new Map([...front.initializers, ...tiny.initializers]),
    };
  };
  it.each([
    ['int8', -128, 1, [0, 255]],
    ['uint8', 0, 1 / 255, [0, 1]],
    ['int8', 0, 2 / 255, [-1, 1]],
    ['uint8', 128, 2 / 255, [-1, 1]],
  ] as const)(
    'are told by their ends: %s with zero point %d and scale %d',
    async (type, zero, scale, ends) => {
      const { input } = await classifierOf(quantised(type, zero, scale), 'quantised.onnx', { engine });
      expect(pixelEnds(input)).toEqual(ends);
      expect(normalisationText(input)).toBe(
        `pixels of ${ends.join(' to ')}, which the model normalises itself`,
      );
    },
  );
});
