import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../base/random.js';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { explanationGraph } from '../export/export.js';
import { int, ints } from '../graph/attributes.js';
import { type Builder, startGraph } from '../graph/builder.js';
import { float32, int64, scalar } from '../graph/elements.js';
import { parseOnnx } from '../graph/read.js';
import { formatOnnx } from '../graph/write.js';
import { classifierOf } from '../model/load.js';
import { sizeOf, type Tensor, tensor } from '../tensor/tensor.js';
import { attribute } from './attribute.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

type Step = (b: Builder, tokens: string) => string;
interface Parts {
  /** Makes tokens `[N, T, 4]` of a map `[N, 4, h, w]`. */
  readonly order?: Step;
  /** What happens to the tokens behind their embedding, and between the two blocks. */
  readonly behind?: Step;
  readonly between?: Step;
  readonly classToken?: boolean;
  /** The parts of the image whose tokens stand one after the other. */
  readonly parts?: (b: Builder) => string[];
  readonly size?: readonly [number, number];
  /** What becomes of the scores before their softmax. */
  readonly masked?: Step;
}

const kept: Step = (_, tokens) => tokens;
const rows: Step = (b, map) => b.transpose(b.reshape(map, [0, 4, -1]), [0, 2, 1]);
const whole = (...values: number[]) => int64(values);

/**
 * Two blocks of attention without positions: tokens in another order give the same numbers in that order. Its
 * weights are the same for all parts.
 */
function load({
  order = rows,
  behind = kept,
  between = kept,
  masked = kept,
  classToken,
  parts,
  size = [8, 12],
}: Parts) {
  const random = seededRandom('tokens');
  const noise = (...shape: number[]) =>
    float32(
      Float32Array.from({ length: sizeOf(shape) }, () => random.normal()),
      shape,
    );
  const b = startGraph('tokens');
  const [kernel, own, head] = [noise(4, 2, 2, 2), noise(1, 1, 4), noise(4, 2)].map((one) =>
    b.constant(one),
  ) as [string, string, string];
  const blocks = [0, 1].map(() => [0, 1, 2].map(() => b.constant(noise(4, 4))));
  const embedded = (parts?.(b) ?? ['x']).map((part) =>
    order(b, b.emit('Conv', [part, kernel], { strides: ints([2, 2]) })),
  );
  let tokens = behind(b, b.add(embedded.length > 1 ? b.concat(embedded, 1) : embedded[0]!, 0.1));
  if (classToken) {
    const batch = b.emit('Shape', ['x'], { start: int(0), end: int(1) });
    tokens = b.concat([b.emit('Expand', [own, b.concat([batch, b.constant(whole(1, 4))], 0)]), tokens], 1);
  }
  for (const [i, weights] of blocks.entries()) {
    const [q, k, v] = weights.map((w) => b.emit('MatMul', [tokens, w])) as [string, string, string];
    const scores = masked(b, b.emit('MatMul', [q, b.transpose(k, [0, 2, 1])]));
    const seen = b.emit('Softmax', [scores], { axis: int(-1) });
    tokens = b.add(tokens, b.emit('MatMul', [seen, v]));
    if (i === 0) tokens = between(b, tokens);
  }
  const read = classToken
    ? b.emit('Gather', [tokens, b.constant(int64([0], []))], { axis: int(1) })
    : b.emit('ReduceMean', [tokens, b.constant(whole(1))], { keepdims: int(0) });
  b.emit('MatMul', [read, head], {}, 'y');
  const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
  const graph = b.finish([value('x', ['N', 2, ...size])], [value('y', ['N', 2])]);
  return classifierOf(graph, 'tokens.onnx', { engine });
}

function imageOf(height: number, width: number): Tensor {
  const random = seededRandom('image');
  return tensor(
    Float32Array.from({ length: 2 * height * width }, () => random.normal()),
    [1, 2, height, width],
  );
}
const image = imageOf(8, 12);
const methods = ['raw-attention', 'attention-rollout', 'generic-attention', 'gradcam'] as const;

/** The maps of tokens that stand row by row, with and without a class token. */
const usual = new Map<string, Promise<Tensor>>();
function mapInRows(method: (typeof methods)[number], upsample: 'none' | 'bilinear', classToken?: boolean) {
  const key = `${method} ${upsample} ${classToken}`;
  const made = async () =>
    (await attribute(await load({ classToken }), method, image, [1], { upsample })).map;
  usual.set(key, usual.get(key) ?? made());
  return usual.get(key)!;
}

const slice = (b: Builder, v: string, axis: number, start: number, end: number, step = 1) =>
  b.emit('Slice', [v, ...[start, end, axis, step].map((part) => b.constant(whole(part)))]);
const taken = (b: Builder, v: string, ...at: number[]) =>
  b.emit('Gather', [v, b.constant(whole(...at))], { axis: int(1) });
/** Tokens of a grid of 4 x 6 by windows of 2 x 2. */
const windows: Step = (b, tokens) =>
  b.reshape(b.transpose(b.reshape(tokens, [-1, 2, 2, 3, 2, 4]), [0, 1, 3, 2, 4, 5]), [-1, 24, 4]);
const turned: Step = (b, tokens) => slice(b, tokens, 1, -1, -99, -1);
const rolled: Step = (b, tokens) => b.concat([slice(b, tokens, 1, 5, 99), slice(b, tokens, 1, 0, 5)], 1);

describe('tokens in another order than row by row are put where they come from', () => {
  it.each<[string, Parts]>([
    ['by columns', { order: (b, map) => rows(b, b.transpose(map, [0, 1, 3, 2])) }],
    [
      'by windows of the map',
      {
        order: (b, map) =>
          b.reshape(b.transpose(b.reshape(map, [-1, 4, 2, 2, 3, 2]), [0, 2, 4, 3, 5, 1]), [-1, 24, 4]),
      },
    ],
    ['by windows behind the embedding', { behind: windows }],
    ['by windows behind a class token', { behind: windows, classToken: true }],
    ['from the last to the first', { behind: turned, classToken: true }],
    ['rolled', { behind: rolled }],
    ['by index', { behind: (b, v) => taken(b, v, ...Array.from({ length: 24 }, (_, i) => (i * 7) % 24)) }],
    ['turned twice', { behind: (b, v) => turned(b, windows(b, turned(b, v))) }],
    [
      'cut into rows and joined',
      {
        behind: (b, v) =>
          b.concat(
            [12, 0, 18, 6].map((start) => slice(b, v, 1, start, start + 6)),
            1,
          ),
      },
    ],
    ['of two halves of the image', { parts: (b) => [slice(b, 'x', 3, 0, 6), slice(b, 'x', 3, 6, 12)] }],
  ])('%s', async (_name, parts) => {
    const model = await load(parts);
    for (const method of methods) {
      for (const upsample of ['none', 'bilinear'] as const) {
        const wanted = await mapInRows(method, upsample, parts.classToken);
        const { map, notes } = await attribute(model, method, image, [1], { upsample });
        expect(map.shape).toEqual(wanted.shape);
        for (const [i, there] of wanted.data.entries()) expect(map.data[i], method).toBeCloseTo(there, 5);
        expect(notes.join()).not.toContain('does not tell');
      }
    }
  });

  it('in an exported graph', async () => {
    const model = await load({ behind: windows, classToken: true });
    for (const method of ['attention-rollout', 'gradcam'] as const) {
      const { map: wanted } = await attribute(model, method, image, [1], { upsample: 'bilinear' });
      const graph = await explanationGraph(model, method, { upsample: 'bilinear' });
      const program = await engine.compile(parseOnnx(formatOnnx(graph), 'exported.onnx'));
      const found = await program.run({
        [graph.inputs[0]!.name]: float32(image.data, image.shape),
        target: int64([1]),
      });
      await program.dispose();
      const map = found.map as Tensor;
      for (const [i, there] of wanted.data.entries()) expect(map.data[i]).toBeCloseTo(there, 5);
    }
  });

  it('merged by twos, the finest first: on a coarser grid', async () => {
    const merged = (b: Builder, v: string) => b.reduce('ReduceMax', v, [1], { keepdims: int(0) });
    const byRows: Step = (b, v) => {
      const parts = b.transpose(b.reshape(v, [-1, 2, 2, 3, 2, 4]), [0, 2, 4, 1, 3, 5]);
      return merged(b, b.reshape(parts, [-1, 4, 6, 4]));
    };
    const model = await load({ behind: byRows });
    const { map } = await attribute(model, 'raw-attention', image, [1]);
    expect(map.shape).toEqual([1, 1, 2, 3]);
    const mixed = await load({ behind: (b, v) => turned(b, byRows(b, v)) });
    const { map: other } = await attribute(mixed, 'raw-attention', image, [1]);
    for (const [i, there] of map.data.entries()) expect(other.data[i]).toBeCloseTo(there, 6);
  });

  it.each<[string, number[], number]>([
    ['on all sides', [1, 1, 1, 1], 1],
    ['behind, as TensorFlow pads for strides', [0, 0, 1, 1], 2],
  ])('of blocks of pixels, padded by a node %s', async (_name, pads, step) => {
    const [top, left, bottom, right] = pads as [number, number, number, number];
    const random = seededRandom('blocks');
    const data = Float32Array.from({ length: 4 * 16 * 9 }, () => random.normal());
    const unshuffled = (b: Builder, v: string) =>
      b.reshape(b.transpose(b.reshape(v, [-1, 4, 4, 2, 6, 2]), [0, 1, 3, 5, 2, 4]), [-1, 16, 4, 6]);
    const through =
      (asNode: boolean): Step =>
      (b, map) => {
        const blocks = unshuffled(b, map);
        const frame = b.constant(whole(0, 0, top, left, 0, 0, bottom, right));
        const read = asNode ? b.emit('Pad', [blocks, frame]) : blocks;
        const own = { pads: ints(asNode ? [0, 0, 0, 0] : pads), strides: ints([step, step]) };
        return rows(b, b.emit('Conv', [read, b.constant(float32(data, [4, 16, 3, 3]))], own));
      };
    const large = imageOf(16, 24);
    const maps = [false, true].map(async (asNode) => {
      const model = await load({ order: through(asNode), size: [16, 24] });
      return attribute(model, 'raw-attention', large, [1]);
    });
    const [wanted, padded] = await Promise.all(maps);
    expect(padded!.map).toEqual(wanted!.map);
    expect(padded!.map.shape).toEqual([1, 1, 4 / step, 6 / step]);
    expect(padded!.notes).toEqual(wanted!.notes);
  });

  it('or taken in the order of a stated grid', async () => {
    const model = await load({ behind: turned });
    const { map } = await attribute(model, 'raw-attention', image, [1]);
    const { map: stated } = await attribute(model, 'raw-attention', image, [1], { grid: [6, 4] });
    expect(stated.shape).toEqual([1, 1, 6, 4]);
    expect([...stated.data].reverse()).toEqual([...map.data]);
  });
});

describe('tokens lie where they do without a mask of patches that show nothing', () => {
  const shown = (b: Builder) => {
    const most = b.emit('MaxPool', [b.emit('Abs', ['x'])], {
      kernel_shape: ints([2, 2]),
      strides: ints([2, 2]),
    });
    return b.greater(b.reshape(b.reduce('ReduceMax', most, [1], { keepdims: int(1) }), [-1, 1, 24]), 0);
  };
  it.each<[string, Step]>([
    ['added', (b, scores) => b.add(scores, b.where(shown(b), 0, b.constant(scalar(-1e9))))],
    ['chosen', (b, scores) => b.where(shown(b), scores, b.constant(scalar(Number.NEGATIVE_INFINITY)))],
  ])('%s', async (_name, masked) => {
    const model = await load({ masked });
    for (const method of ['raw-attention', 'attention-rollout'] as const)
      expect((await attribute(model, method, image, [1])).map).toEqual(await mapInRows(method, 'none'));
  });
});

describe('tokens that lie on no grid are refused', () => {
  it.each<[string, Parts, RegExp]>([
    [
      'of two overlapping parts',
      { parts: (b) => [slice(b, 'x', 3, 0, 8), slice(b, 'x', 3, 4, 12)] },
      /the 32 tokens of '.*' show parts of the image more than once, .*: they lie on no grid/,
    ],
    [
      'of the whole and its middle',
      {
        parts: (b) => [
          'x',
          b.emit('Resize', [slice(b, 'x', 2, 2, 6), '', '', b.constant(whole(1, 2, 8, 12))]),
        ],
      },
      /show parts of the image more than once/,
    ],
    [
      'of which some are left out',
      { behind: (b, v) => taken(b, v, 0, 1, 2, 3, 7, 8, 11, 12, 16, 23) },
      /or too few of them: they lie on no grid; .* option 'layer' of others takes an earlier map/,
    ],
    [
      'that two orders make together',
      { behind: (b, v) => b.add(v, turned(b, v)) },
      /joins or cuts parts of the image before the tokens/,
    ],
  ])('%s', async (_name, parts, why) => {
    const model = await load(parts);
    for (const method of ['raw-attention', 'attention-rollout', 'gradcam'] as const)
      await expect(attribute(model, method, image, [1])).rejects.toThrow(why);
  });

  it('as a product of layers whose tokens stand in another order', async () => {
    const model = await load({ between: turned });
    await expect(attribute(model, 'attention-rollout', image, [1])).rejects.toThrow(
      /attends among tokens in another order than '.*': their product is of no grid/,
    );
    const { map } = await attribute(model, 'raw-attention', image, [1]);
    const wanted = await mapInRows('raw-attention', 'none');
    for (const [i, there] of wanted.data.entries()) expect(map.data[i]).toBeCloseTo(there, 5);
  });
});

it('says where the network does not tell the order of its tokens', async () => {
  const sorted: Step = (b, v) => {
    const lengths = b.reduce('ReduceL2', v, [2], { keepdims: int(0) });
    const [, places] = b.emitAll('TopK', [lengths, b.constant(whole(24))], 2, { axis: int(1) }) as [
      string,
      string,
    ];
    const each = b.emit('Expand', [b.unsqueeze(places, [2]), b.constant(whole(1, 24, 4))]);
    return b.emit('GatherElements', [v, each], { axis: int(1) });
  };
  const model = await load({ behind: sorted });
  for (const upsample of ['none', 'bilinear'] as const) {
    const { notes } = await attribute(model, 'attention-rollout', image, [1], { upsample });
    expect(notes.join()).toMatch(/does not tell where the positions of '.*' come from/);
  }
});
