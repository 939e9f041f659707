import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../base/random.js';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { explanationGraph } from '../export/export.js';
import { int, ints } from '../graph/attributes.js';
import { type Builder, startGraph } from '../graph/builder.js';
import { float32, int64 } from '../graph/elements.js';
import { parseOnnx } from '../graph/read.js';
import { formatOnnx } from '../graph/write.js';
import { classifierOf } from '../model/load.js';
import { sizeOf, type Tensor, tensor } from '../tensor/tensor.js';
import { attribute } from './attribute.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());
const random = seededRandom('view');
const noise = (...shape: number[]) =>
  float32(
    Float32Array.from({ length: sizeOf(shape) }, () => random.normal()),
    shape,
  );
const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
const x = tensor(noise(1, 2, 6, 5).data as Float32Array, [1, 2, 6, 5]);

type Step = (b: Builder, v: string) => string;
const conv = (b: Builder, v: string, pads = 1) =>
  b.emit('Conv', [v, b.constant(noise(3, 2, 3, 3)), b.constant(noise(3))], {
    pads: ints(Array(4).fill(pads)),
  });

/** Maps of what `before` makes of the image, and a score of two classes. */
function load(before: Step, maps: Step = conv) {
  const b = startGraph('net');
  b.emit('Relu', [maps(b, before(b, 'x'))], {}, 'maps');
  const means = b.emit('Flatten', [b.emit('GlobalMaxPool', ['maps'])]);
  b.emit('MatMul', [means, b.constant(noise(3, 2))], {}, 'y');
  const graph = b.finish([value('x', ['N', 2, 6, 5])], [value('y', ['N', 2])]);
  return classifierOf(graph, 'net.onnx', { engine });
}

const whole = (...values: number[]) => int64(values);
const slice = (b: Builder, v: string, axis: number, start: number, end: number, step = 1) =>
  b.emit('Slice', [v, ...[start, end, axis, step].map((part) => b.constant(whole(part)))]);
const pad = (b: Builder, v: string, ...pads: number[]) => b.emit('Pad', [v, b.constant(whole(...pads))]);
const resize = (b: Builder, v: string, height: number, width: number) =>
  b.emit('Resize', [v, '', '', b.constant(whole(1, 2, height, width))]);
const join = (b: Builder, ...parts: string[]) => b.emit('Concat', parts, { axis: int(3) });
const mirrored: Step = (b, v) => slice(b, v, 3, -1, -99, -1);
const rows = [0, 1, 2, 3, 4, 5];
const columns = [0, 1, 2, 3, 4];
const nowhere = -1;

/** What a method gives at a layer's own resolution, and over the input. */
async function mapsOf(method: 'gradcam' | 'layercam' | 'scorecam', before: Step, maps: Step = conv) {
  const model = await load(before, maps);
  const { map: own } = await attribute(model, method, x, [1], { upsample: 'none', relu: false });
  const { map: over } = await attribute(model, method, x, [1], { relu: false });
  return { own, over, model };
}
const at = ({ data, shape }: Tensor, i: number, j: number) => data[i * shape.at(-1)! + j]!;

/** A layer over maps before a step, and another behind it. */
const behind =
  (step: Step): Step =>
  (b, v) =>
    conv(b, b.emit('Conv', [step(b, conv(b, v)), b.constant(noise(2, 3, 1, 1))]));

describe('a map lies where the network reads the image', () => {
  it.each<[string, Step, number[], number[]]>([
    ['cut at a corner', (b, v) => slice(b, slice(b, v, 2, 2, 99), 3, 1, -1), [2, 3, 4, 5], [1, 2, 3]],
    ['mirrored', (b, v) => slice(b, v, 3, -1, -99, -1), rows, [4, 3, 2, 1, 0]],
    [
      'to an end that the image gives',
      (b, v) => {
        const end = b.emit('Div', [
          b.emit('Shape', [v], { start: int(2), end: int(3) }),
          b.constant(whole(2)),
        ]);
        return b.emit('Slice', [
          v,
          b.constant(whole(1)),
          b.add(end, b.constant(whole(1))),
          b.constant(whole(2)),
        ]);
      },
      [1, 2, 3],
      columns,
    ],
    [
      'upside down, as TensorFlow reverses',
      (b, v) => {
        const lengths = b.emit('Expand', [
          b.constant(whole(6)),
          b.emit('Shape', [v], { start: int(0), end: int(1) }),
        ]);
        const turned = b.emit('ReverseSequence', [b.transpose(v, [2, 0, 1, 3]), lengths], {
          batch_axis: int(1),
          time_axis: int(0),
        });
        return b.transpose(turned, [1, 2, 0, 3]);
      },
      [5, 4, 3, 2, 1, 0],
      columns,
    ],
    [
      'upside down, by index',
      (b, v) => b.emit('Gather', [v, b.constant(whole(5, 4, 3, 2, 1, 0))], { axis: int(2) }),
      [5, 4, 3, 2, 1, 0],
      columns,
    ],
    [
      'the largest of windows from the last, by a table of places',
      (b, v) => {
        const table = b.constant(int64([4, 3, 2, 3, 2, 1, 2, 1, 0], [3, 3]));
        const windows = b.emit('Gather', [v, table], { axis: int(2) });
        return b.emit('ReduceMax', [windows, b.constant(whole(3))], { keepdims: int(0) });
      },
      [3, 2, 1],
      columns,
    ],
    [
      'a quadrant that a reshape parts',
      (b, v) => {
        const parts = b.reshape(b.mul(v, 2), [-1, 2, 2, 3, 5]);
        return b.emit('Gather', [parts, b.constant(int64([1], []))], { axis: int(2) });
      },
      [3, 4, 5],
      columns,
    ],
    [
      'in halves that a reshape swaps',
      (b, v) => {
        const parts = b.reshape(v, [-1, 2, 2, 3, 5]);
        return b.reshape(b.emit('Gather', [parts, b.constant(whole(1, 0))], { axis: int(2) }), [-1, 2, 6, 5]);
      },
      [3, 4, 5, 0, 1, 2],
      columns,
    ],
    ['shifted around', (b, v) => join(b, slice(b, v, 3, 3, 99), slice(b, v, 3, 0, 3)), rows, [3, 4, 0, 1, 2]],
    [
      'in a wide frame',
      (b, v) => pad(b, v, 0, 0, 4, 3, 0, 0, 0, 0),
      [...Array(4).fill(nowhere), ...rows],
      [...Array(3).fill(nowhere), ...columns],
    ],
    [
      'the second part of a split',
      (b, v) => b.emitAll('Split', [v, b.constant(whole(2, 4))], 2, { axis: int(2) })[1]!,
      [2, 3, 4, 5],
      columns,
    ],
    [
      'normalised and cut',
      (b, v) => slice(b, b.mul(b.add(v, -0.5), b.constant(noise(2, 1, 1))), 2, 0, 3),
      [0, 1, 2],
      columns,
    ],
    [
      'with channels last',
      (b, v) => b.transpose(slice(b, b.transpose(v, [0, 2, 3, 1]), 2, -1, -99, -1), [0, 3, 1, 2]),
      rows,
      [4, 3, 2, 1, 0],
    ],
  ])('%s', async (_name, before, readRows, readColumns) => {
    for (const method of ['gradcam', 'layercam', 'scorecam'] as const) {
      const { own, over } = await mapsOf(method, before);
      expect([own.shape, over.shape]).toEqual([
        [1, 1, readRows.length, readColumns.length],
        [1, 1, 6, 5],
      ]);
      for (const i of rows) {
        for (const j of columns) {
          const [r, c] = [readRows.indexOf(i), readColumns.indexOf(j)];
          expect(at(over, i, j)).toBeCloseTo(r < 0 || c < 0 ? 0 : at(own, r, c), 6);
        }
      }
    }
  });

  it.each<[string, Step, number[], number[]]>([
    ['cut', (b, v) => slice(b, slice(b, v, 2, 2, 99), 3, 1, 4), [2, 3, 4, 5], [1, 2, 3]],
    ['mirrored', mirrored, rows, [4, 3, 2, 1, 0]],
  ])('and where features are %s behind a layer', async (_name, step, readRows, readColumns) => {
    const { own, over } = await mapsOf('gradcam', (_, v) => v, behind(step));
    for (const i of rows) {
      for (const j of columns) {
        const [r, c] = [readRows.indexOf(i), readColumns.indexOf(j)];
        expect(at(over, i, j)).toBeCloseTo(r < 0 || c < 0 ? 0 : at(own, r, c), 6);
      }
    }
  });

  it.each<[string, Step, Step]>([
    [
      'a matrix turns positions behind a layer',
      (_, v) => v,
      behind((b, v) => b.emit('MatMul', [v, b.constant(noise(5, 5))])),
    ],
    ['a matrix turns rows', (_, v) => v, behind((b, v) => b.emit('MatMul', [b.constant(noise(6, 6)), v]))],
    [
      'pixels are picked by pairs of places',
      (b, v) => {
        const pairs = b.constant(int64([5, 4, 3, 2, 1, 0], [6, 1]));
        return b.transpose(b.emit('GatherND', [b.transpose(v, [2, 0, 1, 3]), pairs]), [1, 2, 0, 3]);
      },
      conv,
    ],
    [
      'an image is written into a canvas',
      (b, v) => {
        const rows = b.constant(int64([1, 2, 3, 4, 5, 6], [6, 1]));
        const length = b.emit('Shape', [v], { start: int(0), end: int(1) });
        const shape = b.concat([b.constant(whole(9)), length, b.constant(whole(2, 5))], 0);
        const canvas = b.emit('Expand', [b.constant(float32([0], [1])), shape]);
        const written = b.emit('ScatterND', [canvas, rows, b.transpose(v, [2, 0, 1, 3])]);
        return b.transpose(written, [1, 2, 0, 3]);
      },
      conv,
    ],
  ])('or it is said that the network does not tell: %s', async (_name, before, maps) => {
    const { map, notes } = await attribute(await load(before, maps), 'gradcam', x, [1]);
    expect(map.shape).toEqual([1, 1, 6, 5]);
    expect(notes).toContainEqual(
      expect.stringMatching(/does not tell where the positions of 'maps' come from/),
    );
  });

  it('which is said where it is a part of the image', async () => {
    const notes = async (before: Step) => (await attribute(await load(before), 'gradcam', x, [1])).notes;
    const note = 'the layer does not show all of the image: where it does not, the map is 0';
    expect(await notes((b, v) => slice(b, v, 2, 1, 5))).toContain(note);
    expect(await notes(mirrored)).not.toContain(note);
  });

  it('in a frame that is narrow for the second of two layers', async () => {
    const framed: Step = (b, v) => {
      const wide = conv(b, pad(b, v, 0, 0, 6, 3, 0, 0, 0, 0));
      const pooled = b.emit('MaxPool', [wide], { kernel_shape: ints([3, 1]), strides: ints([3, 1]) });
      return conv(b, b.emit('Conv', [pooled, b.constant(noise(2, 3, 1, 1))]));
    };
    const { own, over } = await mapsOf('gradcam', (_, v) => v, framed);
    expect(own.shape).toEqual([1, 1, 4, 8]);
    for (const j of columns) expect(at(over, 1, j)).toBeCloseTo(at(own, 2, j + 3), 6);
  });

  it('in a frame that the first layer pads by itself', async () => {
    const framed: Step = (b, v) =>
      b.emit('Conv', [v, b.constant(noise(3, 2, 3, 3)), b.constant(noise(3))], { pads: ints([4, 1, 1, 5]) });
    const { own, over } = await mapsOf('gradcam', (_, v) => v, framed);
    expect(own.shape).toEqual([1, 1, 9, 9]);
    for (const i of rows) for (const j of columns) expect(at(over, i, j)).toBeCloseTo(at(own, i + 3, j), 6);
  });

  it('enlarged and cut: halfway between two places of the map', async () => {
    const { own, over } = await mapsOf('gradcam', (b, v) => slice(b, resize(b, v, 12, 5), 2, 4, 12));
    for (const i of rows)
      for (const j of columns)
        expect(at(over, i, j)).toBeCloseTo(
          i < 2 ? 0 : (at(own, 2 * i - 4, j) + at(own, 2 * i - 3, j)) / 2,
          6,
        );
  });

  it('in an exported graph', async () => {
    const { over, model } = await mapsOf('gradcam', (b, v) => slice(b, slice(b, v, 3, -1, -99, -1), 2, 1, 5));
    const graph = await explanationGraph(model, 'gradcam', { relu: false });
    const program = await engine.compile(parseOnnx(formatOnnx(graph), 'exported.onnx'));
    const found = await program.run({
      [graph.inputs[0]!.name]: float32(x.data, x.shape),
      target: int64([1]),
    });
    await program.dispose();
    const map = found.map as Tensor;
    for (const [i, wanted] of over.data.entries()) expect(map.data[i]).toBeCloseTo(wanted, 5);
  });

  it.each<[string, Step, Step]>([
    [
      'padding that belongs to a convolution',
      (b, v) => pad(b, v, 0, 0, 1, 1, 0, 0, 1, 1),
      (b, v) => conv(b, v, 0),
    ],
    [
      'means of windows by a table of places',
      (b, v) => {
        const places = [0, 1, 2].flatMap((k) => rows.map((i) => i + k));
        const table = b.constant(int64(places, [3, 6]));
        const windows = b.emit('Gather', [pad(b, v, 0, 0, 1, 0, 0, 0, 1, 0), table], { axis: int(2) });
        return b.emit('ReduceMean', [windows, b.constant(whole(2))], { keepdims: int(0) });
      },
      conv,
    ],
    [
      'a normalisation of groups that is written with reshapes',
      (_, v) => v,
      behind((b, v) => {
        const ones = b.constant(float32([1], [1]));
        const groups = b.emit('InstanceNormalization', [b.reshape(v, [-1, 1, 90]), ones, ones]);
        return b.reshape(groups, [-1, 3, 6, 5]);
      }),
    ],
    ['another size', (b, v) => resize(b, v, 12, 10), conv],
    [
      'squares of pixels folded into channels',
      (b, v) => {
        const cut = b.reshape(slice(b, v, 3, 0, 4), [-1, 2, 3, 2, 2, 2]);
        return slice(b, b.reshape(b.transpose(cut, [0, 1, 3, 5, 2, 4]), [-1, 8, 3, 2]), 1, 0, 2);
      },
      conv,
    ],
    [
      'every second pixel beside the others',
      (b, v) => b.emit('Add', [slice(b, v, 3, 0, 4, 2), slice(b, v, 3, 1, 5, 2)]),
      conv,
    ],
  ])('and over the whole image with %s', async (_name, before, maps) => {
    const { map } = await attribute(await load(before, maps), 'gradcam', x, [1]);
    expect(map.shape).toEqual([1, 1, 6, 5]);
  });
});

describe('a layer that does not lie over the image is refused, and given as it is', () => {
  const halves: Step = (b, v) => b.add(conv(b, slice(b, v, 3, 0, 2)), conv(b, slice(b, v, 3, 3, 5)));
  it.each<[string, Step, Step, RegExp]>([
    ['the image twice', (b, v) => join(b, v, v), conv, /reads a part of the image twice before layer 'maps'/],
    [
      'positions turned behind a layer',
      (_, v) => v,
      (b, v) => b.transpose(conv(b, v), [0, 1, 3, 2]),
      /turns positions before layer 'maps'/,
    ],
    [
      'another half above than below',
      (b, v) => b.emit('Concat', [slice(b, mirrored(b, v), 2, 0, 3), slice(b, v, 2, 3, 6)], { axis: int(2) }),
      conv,
      /joins or cuts parts of the image/,
    ],
    [
      'pixels at given places',
      (b, v) =>
        b.emit('GridSample', [
          v,
          b.add(b.constant(noise(1, 6, 5, 2)), b.reduce('ReduceMean', v, [1, 2, 3], { keepdims: int(1) })),
        ]),
      conv,
      /operator 'GridSample' .* moves positions before layer 'maps'/,
    ],
    [
      'a map that a dense layer makes',
      (_, v) => v,
      (b, v) => {
        const mean = b.emit('Flatten', [b.emit('GlobalAveragePool', [v])]);
        return conv(b, b.reshape(b.emit('MatMul', [mean, b.constant(noise(2, 60))]), [-1, 2, 6, 5]));
      },
      /each position shows all of the image before layer 'maps'/,
    ],
    [
      'even rows before odd ones',
      (b, v) => b.reshape(b.transpose(b.reshape(v, [-1, 2, 3, 2, 5]), [0, 1, 3, 2, 4]), [-1, 2, 6, 5]),
      conv,
      /reads a part of the image twice before layer 'maps'/,
    ],
    [
      'its upper and lower half as two channels',
      (b, v) => b.reshape(slice(b, v, 1, 0, 1), [-1, 2, 3, 5]),
      conv,
      /joins or cuts parts of the image before layer 'maps'/,
    ],
    ['two parts', (_, v) => v, halves, /joins or cuts parts of the image before layer 'maps'/],
  ])('%s', async (_name, before, maps, why) => {
    const model = await load(before, maps);
    await expect(attribute(model, 'gradcam', x, [1])).rejects.toThrow(why);
    const { map } = await attribute(model, 'gradcam', x, [1], { upsample: 'none' });
    expect(map.shape.slice(0, 2)).toEqual([1, 1]);
  });
});
