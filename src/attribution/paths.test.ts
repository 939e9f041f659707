import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../base/random.js';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { type Attributes, int } from '../graph/attributes.js';
import { type Builder, startGraph } from '../graph/builder.js';
import { float32, int64, scalar } from '../graph/elements.js';
import type { Attribute, Graph } from '../graph/graph.js';
import { dataTypes } from '../graph/schema.js';
import { classifierOf } from '../model/load.js';
import type { Tensor } from '../tensor/tensor.js';
import { attribute } from './attribute.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const random = seededRandom('paths');
const draw = (...shape: number[]) =>
  float32(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
    shape,
  );
const input: Tensor = draw(2, 1, 4, 4) as Tensor;
const value = (name: string, shape?: (number | string)[]) => ({ name, type: 'float32' as const, shape });

const [kernel, last] = [draw(2, 1, 3, 3), draw(2, 3)];

/**
 * A classifier of `[N, 1, 4, 4]` images with three classes; `middle` maps `[N, 2, 4, 4]` to the same shape.
 */
function around(middle: (h: string, b: Builder) => string): Graph {
  const b = startGraph('around');
  const h = b.emit('Conv', ['x', b.constant(kernel)], { pads: { kind: 'ints', value: [1, 1, 1, 1] } });
  const pooled = b.emit('Flatten', [b.emit('GlobalAveragePool', [middle(h, b)])]);
  b.emit('MatMul', [pooled, b.constant(last)], {}, 'logits');
  return b.finish([value('x', ['N', 1, 4, 4])], [value('logits', ['N', 3])]);
}

const explain = async (graph: Graph, method = 'gradient') =>
  attribute(await classifierOf(graph, 'model', { engine, precision: 'float32' }), method, input, [0, 2]);

const cast = (b: Builder, x: string, to: keyof typeof dataTypes) =>
  b.emit('Cast', [x], { to: int(dataTypes[to]) });
const body = (nodes: (b: Builder) => string, more: Partial<Graph> = {}): Attribute => {
  const b = startGraph('body');
  const y = nodes(b);
  return { kind: 'graph', value: { ...b.finish([], [value(y)]), opsets: {}, ...more } };
};
const whether = (b: Builder, h: string) => b.greater(b.emit('ReduceMean', [h], { keepdims: int(0) }), 0);
const branches = (h: string): Attributes => ({
  then_branch: body((b) => b.relu(h)),
  else_branch: body((b) => b.neg(h)),
});
const loop = (h: string): Attribute => {
  const inner = body((b) => b.add('acc', h), {
    inputs: [{ name: 'i', type: 'int64', shape: [] }, { name: 'go', type: 'bool', shape: [] }, value('acc')],
  });
  if (inner.kind !== 'graph') throw new Error('no graph');
  return {
    kind: 'graph',
    value: { ...inner.value, outputs: [{ name: 'go', type: 'bool' }, ...inner.value.outputs] },
  };
};
const always = { type: 'bool', data: Uint8Array.of(1), shape: [] } as const;

describe('a path without a derivative', () => {
  const lost: readonly (readonly [string, string, (h: string, b: Builder) => string])[] = [
    ['a cast to whole numbers', 'Cast', (h, b) => cast(b, cast(b, b.mul(h, 8), 'int32'), 'float32')],
    [
      'whole numbers computed with',
      'Cast|Mul',
      (h, b) => cast(b, b.emit('Mul', [cast(b, h, 'int64'), b.constant(int64([3], []))]), 'float32'),
    ],
    [
      'a part of it through whole numbers',
      'Cast',
      (h, b) => b.add(h, cast(b, cast(b, b.mul(h, 8), 'int8'), 'float32')),
    ],
    [
      'what a loop reads of the values around it',
      'Loop',
      (h, b) =>
        b.emit('Loop', [b.constant(int64([3], [])), b.constant(always), b.constant(scalar(0))], {
          body: loop(h),
        }),
    ],
  ];
  const methods = ['gradient', 'integrated-gradients', 'deeplift', 'lrp', 'guided-backprop', 'fullgrad'];
  it.each(lost)('is rejected with operator, node and method: %s', async (_, operator, middle) => {
    const graph = around(middle);
    for (const method of methods) {
      await expect(explain(graph, method)).rejects.toThrow(
        new RegExp(`no rule for operator '(${operator})' .*'sl\\.(${operator})\\.`),
      );
    }
  });

  it.each(lost)('can be explained by occlusion: %s', async (_, __, middle) => {
    const { map } = await explain(around(middle), 'occlusion');
    expect(map.data.some((v) => v !== 0)).toBe(true);
  });
});

describe('a branch that the samples of a batch choose together', () => {
  const lost: readonly (readonly [string, (h: string, b: Builder) => string])[] = [
    ['alone', (h, b) => b.emit('If', [whether(b, h)], branches(h))],
    ['beside another path', (h, b) => b.add(h, b.emit('If', [whether(b, h)], branches(h)))],
  ];

  it.each(lost)('is rejected with operator and node by what follows the network: %s', async (_, middle) => {
    for (const method of ['gradient', 'deeplift', 'lrp'])
      await expect(explain(around(middle), method)).rejects.toThrow(
        /^\S+ cannot follow the network, .*: operator 'If' \(node 'sl\.If\..*'\) decides once for all samples/,
      );
  });

  it.each(lost)('does not hide how a layer reads the input: %s', async (_, middle) => {
    const { input: read } = await classifierOf(around(middle), 'model', { engine });
    expect([read.layout, read.layoutBy]).toEqual(['NCHW', 'graph']);
  });

  it.each(lost)('is run for each sample by itself: %s', async (_, middle) => {
    const model = await classifierOf(around(middle), 'model', { engine, precision: 'float32' });
    const options = { window: 2, stride: 2, baseline: 'zero' } as const;
    const { map } = await attribute(model, 'occlusion', input, [0, 2], options);
    for (const row of [0, 1]) {
      const one = { data: input.data.slice(row * 16, (row + 1) * 16), shape: [1, 1, 4, 4] };
      const own = await attribute(model, 'occlusion', one, [[0, 2][row]!], options);
      expect([...map.data.subarray(row * 16, (row + 1) * 16)]).toEqual([...own.map.data]);
    }
  });
});

describe('a mask', () => {
  const chosen: readonly (readonly [string, (h: string, b: Builder) => string])[] = [
    ['a mask', (h, b) => b.mul(h, cast(b, b.greater(h, 0), 'float32'))],
    [
      'a mask of whole numbers',
      (h, b) => b.where(cast(b, cast(b, b.relu(b.mul(h, 1e6)), 'int32'), 'bool'), h, 0),
    ],
    ['a condition', (h, b) => b.where(b.greater(h, 0), h, 0)],
    [
      'places',
      (h, b) => {
        const places = b.emit('ArgMax', [h], { axis: int(3), keepdims: int(1) });
        return b.emit('GatherElements', [h, places], { axis: int(3) });
      },
    ],
    [
      'places that were cut off to whole ones',
      (h, b) => {
        const size = b.emit('ReduceMax', [b.abs(h), b.constant(int64([3]))], { keepdims: int(1) });
        const place = cast(b, b.min(size, 3), 'int64');
        return b.emit('GatherElements', [h, place], { axis: int(3) });
      },
    ],
  ];
  it.each(chosen)('has no derivative and is accepted: %s', async (title, middle) => {
    const { map } = await explain(around(middle));
    expect(map.data.every(Number.isFinite)).toBe(true);
    expect(
      map.data.some((v) => v !== 0),
      title,
    ).toBe(true);
  });

  it('of positive values gives the same map as a rectifier', async () => {
    const maps: number[][] = [];
    for (const middle of [(h: string, b: Builder) => b.relu(h), chosen[0]![1], chosen[2]![1]]) {
      maps.push([...(await explain(around(middle))).map.data]);
    }
    expect(maps[1]).toEqual(maps[0]);
    expect(maps[2]).toEqual(maps[0]);
  });
});

describe('quantised values', () => {
  const quantised =
    (between: (q: string, b: Builder) => string) =>
    (h: string, b: Builder): string => {
      const [s, z] = [
        b.constant(scalar(0.2)),
        b.constant({ type: 'int8', data: Int8Array.of(3), shape: [] }),
      ];
      return b.emit('DequantizeLinear', [between(b.emit('QuantizeLinear', [h, s, z]), b), s, z]);
    };
  const forms: readonly (readonly [string, (q: string, b: Builder) => string])[] = [
    ['nothing else', (q) => q],
    ['moved', (q, b) => b.transpose(q, [0, 1, 3, 2])],
    ['pooled', (q, b) => b.emit('MaxPool', [q], { kernel_shape: { kind: 'ints', value: [2, 2] } })],
    ['joined', (q, b) => b.emit('Concat', [q, q], { axis: int(2) })],
  ];
  it.each(forms)('have the gradient of the identity: %s', async (_, between) => {
    for (const method of ['gradient', 'lrp', 'integrated-gradients', 'guided-backprop']) {
      const { map } = await explain(around(quantised(between)), method);
      expect(map.data.filter((v) => v !== 0).length, method).toBeGreaterThan(input.data.length / 4);
    }
  });

  it('leave DeepLIFT a residual of the rounding only', async () => {
    const { residual } = await explain(around(quantised((q) => q)), 'deeplift');
    for (const left of residual!) expect(Math.abs(left)).toBeLessThan(0.5);
  });

  it('give the map of the network without quantisation', async () => {
    const plain = (await explain(around((h) => h))).map.data;
    const through = (await explain(around(quantised((q) => q)))).map.data;
    for (const [i, v] of plain.entries()) expect(through[i]).toBeCloseTo(v, 6);
  });
});
