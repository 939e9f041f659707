import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { int, string } from '../../graph/attributes.js';
import { extend } from '../../graph/builder.js';
import { scalar } from '../../graph/elements.js';
import type { Graph, Node } from '../../graph/graph.js';
import { type Edit, rewriteNodes } from '../../graph/rewrite.js';
import { buildNetwork } from '../../model/architectures/architecture.js';
import { architectures } from '../../model/architectures/registry.js';
import { classifierOf } from '../../model/load.js';
import type { Tensor } from '../../tensor/tensor.js';
import { type Array64, array64 } from '../../testing/reference/arrays.js';
import { interpret } from '../../testing/reference/interpret.js';
import {
  headLayouts,
  type TinyTransformer,
  tinyShape,
  tinyTransformer,
} from '../../testing/tiny-transformer.js';
import { attribute } from '../attribute.js';
import { layersOf } from './transformer.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const count = 2;
const random = seededRandom('attention test');
const input: Tensor = {
  data: Float32Array.from({ length: count * 96 }, () => random.normal()),
  shape: [count, ...tinyShape],
};
const targets = [2, 0];
const patches = 6;

const modelOf = (graph: Graph) => classifierOf(graph, 'tiny', { engine });
const tiny = (how: TinyTransformer) => modelOf(tinyTransformer(how));
const explain = async (how: TinyTransformer, method: string, options = {}) =>
  (await attribute(await tiny(how), method, input, targets, options)).map;

type Matrix = number[][];
const eye = (n: number): Matrix =>
  Array.from({ length: n }, (_, i) => Array.from({ length: n }, (_, j) => (i === j ? 1 : 0)));
const product = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => b[0]!.map((_, j) => row.reduce((sum, v, k) => sum + v * b[k]![j]!, 0)));
const rowsToOne = (a: Matrix): Matrix => a.map((row) => row.map((v) => v / row.reduce((x, y) => x + y)));

/** The attention matrices of one sample's heads, from `[N, h, T, T]`, in float64. */
function headsOf({ data, shape }: Array64, sample: number): Matrix[] {
  const [, heads, tokens] = shape as [number, number, number];
  return Array.from({ length: heads }, (_, h) =>
    Array.from({ length: tokens }, (_, i) =>
      Array.from({ length: tokens }, (_, j) => data[((sample * heads + h) * tokens + i) * tokens + j]!),
    ),
  );
}

const mean = (heads: readonly Matrix[]): Matrix =>
  heads[0]!.map((row, i) => row.map((_, j) => heads.reduce((sum, m) => sum + m[i]![j]!, 0) / heads.length));

/**
 * A layer's probabilities in float64, and the gradient of the target with respect to them by central
 * differences.
 */
function layerReference(how: TinyTransformer, layer: number) {
  const graph = tinyTransformer(how);
  const value = `probabilities${layer}`;
  const feeds = { image: array64(input.data, input.shape) };
  const probabilities = interpret(graph, feeds).get(value)!;
  const from = { ...graph, nodes: graph.nodes.filter((node) => !node.outputs.includes(value)) };
  const explained = (data: Float64Array) => {
    const logits = interpret(from, { ...feeds, [value]: { ...probabilities, data } }).get(
      graph.outputs[0]!.name,
    )!;
    return targets.reduce((sum, target, row) => sum + logits.data[row * 3 + target]!, 0);
  };
  const slopes = probabilities.data.map((p, i) => {
    const at = (v: number) => explained(probabilities.data.with(i, v));
    return (at(p + 1e-5) - at(p - 1e-5)) / 2e-5;
  });
  return { probabilities, slopes: { ...probabilities, data: slopes } };
}

/**
 * Adds the residual connection, multiplies one matrix of each of two layers, and returns the patches'
 * weights in the class token's row.
 */
function rollout(matrices: readonly Matrix[], normalise: boolean): number[] {
  const joint = matrices.reduce((sofar, a) => {
    const sum = a.map((row, i) => row.map((v, j) => v + (i === j ? 1 : 0)));
    return product(normalise ? rowsToOne(sum) : sum, sofar);
  }, eye(matrices[0]!.length));
  return joint[0]!.slice(1);
}

function expectClose(got: ArrayLike<number>, want: readonly number[], digits = 5) {
  expect(got.length).toBe(want.length);
  for (const [i, value] of want.entries()) expect(got[i]).toBeCloseTo(value, digits);
}

describe('attention methods', () => {
  const references = [0, 1].map((layer) => layerReference({}, layer));
  const samples = (of: (sample: number) => number[]) => [0, 1].flatMap(of);

  it('attention-rollout multiplies row-normalised head means with the identity', async () => {
    const want = samples((n) =>
      rollout(
        references.map(({ probabilities }) => mean(headsOf(probabilities, n))),
        true,
      ),
    );
    const map = await explain({}, 'attention-rollout');
    expect(map.shape).toEqual([count, 1, 2, 3]);
    expectClose(map.data, want);
  });

  it('generic-attention multiplies attention by its gradient first', async () => {
    const want = samples((n) =>
      rollout(
        references.map(({ probabilities, slopes }) => {
          const [a, g] = [headsOf(probabilities, n), headsOf(slopes, n)];
          return mean(a.map((m, h) => m.map((row, i) => row.map((v, j) => Math.max(0, v * g[h]![i]![j]!)))));
        }),
        false,
      ),
    );
    expectClose((await explain({}, 'generic-attention')).data, want);
  });

  it("attention-gradcam weights the last layer's heads by their mean gradient", async () => {
    const { probabilities, slopes } = references[1]!;
    const want = samples((n) => {
      const [a, g] = [headsOf(probabilities, n), headsOf(slopes, n)];
      const weights = g.map((m) => m[0]!.slice(1).reduce((x, y) => x + y) / patches);
      return a[0]![0]!
        .slice(1)
        .map((_, j) => a.reduce((sum, m, h) => sum + (m[0]![j + 1]! * weights[h]!) / a.length, 0));
    });
    expectClose((await explain({}, 'attention-gradcam')).data, want);
  });

  it("discard drops the smallest entries except the class token's own", async () => {
    const drop = (a: Matrix): Matrix => {
      const sorted = a.flat().sort((x, y) => x - y);
      const limit = sorted[Math.floor(sorted.length * 0.3)]!;
      return a.map((row, i) => row.map((v, j) => (v < limit && i + j > 0 ? 0 : v)));
    };
    const want = samples((n) =>
      rollout(
        references.map(({ probabilities }) => drop(mean(headsOf(probabilities, n)))),
        true,
      ),
    );
    expectClose((await explain({}, 'attention-rollout', { discard: 0.3 })).data, want);
  });

  it.each(['attention-rollout', 'generic-attention', 'transformer-attribution', 'raw-attention'])(
    '%s does not depend on the layout of the heads',
    async (method) => {
      const want = (await explain({}, method)).data;
      for (const layout of headLayouts) expectClose((await explain({ layout }, method)).data, [...want]);
    },
  );

  it('start-layer leaves out the layers before it', async () => {
    const last = (n: number) => rollout([mean(headsOf(references[1]!.probabilities, n))], true);
    expectClose((await explain({}, 'attention-rollout', { startLayer: 1 })).data, samples(last));
    await expect(explain({}, 'attention-rollout', { startLayer: 2 })).rejects.toThrow(
      "option 'startLayer' got 2; the model's attention layers are 0 to 1",
    );
    await expect(explain({}, 'raw-attention', { layer: 2 })).rejects.toThrow(
      "option 'layer' got 2; the model's attention layers are -2 to 1",
    );
  });

  it.each(['raw-attention', 'attention-gradcam'])('%s accepts the common options', async (method) => {
    const plain = await explain({}, method, { heads: 'max' });
    expect([...(await explain({}, method, { heads: 'max', startLayer: 1 })).data]).toEqual([...plain.data]);
    const early = { layer: 0, startLayer: 1 };
    await expect(explain({}, method, early)).rejects.toThrow(
      "option 'startLayer' got 1, which leaves out layer 0",
    );
  });

  it('row-normalise divides the rows of a single layer by their sums', async () => {
    const heads = { heads: 'max' } as const;
    const want = samples((n) => {
      const all = headsOf(references[1]!.probabilities, n);
      const row = all[0]![0]!.map((_, j) => Math.max(...all.map((head) => head[0]![j]!)));
      const sum = row.reduce((a, b) => a + b, 0);
      return row.slice(1).map((value) => value / sum);
    });
    expectClose((await explain({}, 'raw-attention', { ...heads, rowNormalise: true })).data, want);
    const [usual, divided] = await Promise.all(
      [false, true].map((on) => explain({}, 'raw-attention', { rowNormalise: on })),
    );
    expectClose(divided!.data, [...usual!.data]);
  });

  it('transformer-attribution conserves relevance without constants', async () => {
    const given = { patch: 4, width: 24, depth: 2, pool: 'mean' };
    const graph = buildNetwork(architectures['vit-tiny'], [1, 8, 12], 3, given, seededRandom(1));
    graph.initializers.get('positions.weight')!.data.fill(0 as never);
    const options = { variant: 'full' } as const;
    const { map } = await attribute(await modelOf(graph), 'transformer-attribution', input, targets, options);
    expect(map.shape).toEqual([count, 1, 8, 12]);
    for (const from of [0, 96]) {
      expect(map.data.subarray(from, from + 96).reduce((a, b) => a + b)).toBeCloseTo(1, 4);
    }
  });
});

describe('tokens', () => {
  it('of which a maximum is taken count alike, and this is said', async () => {
    const options = { tokens: 1, grid: [2, 3] };
    const model = await tiny({ readout: 'greatest' });
    const { map, notes } = await attribute(model, 'attention-rollout', input, targets, options);
    expectClose(map.data, [...(await explain({ readout: 'mean-of-patches' }, 'attention-rollout')).data]);
    expect(notes.join()).toMatch('picks among its tokens');
  });

  it.each([
    ['distilled', ['the classifier reads 2 tokens: the map is the mean of what each of them attends to']],
    ['class', []],
    ['mean', []],
  ] as const)('that are read beside the class token are told (%s)', async (readout, told) => {
    const { notes } = await attribute(await tiny({ readout }), 'raw-attention', input, targets);
    expect(notes).toEqual(told.map((start) => expect.stringContaining(start)));
  });

  it('are found before or after the patches', async () => {
    const graph = (readout: TinyTransformer['readout']) => tinyTransformer({ readout });
    const image = { image: array64(input.data, input.shape) };
    for (const [readout, first, row] of [
      ['class-last', 0, [6]],
      ['distilled', 2, [0, 1]],
      ['mean', 0, [0, 1, 2, 3, 4, 5]],
    ] as [TinyTransformer['readout'], number, number[]][]) {
      const probabilities = interpret(graph(readout), image).get('probabilities1')!;
      const want = [0, 1].flatMap((n) => {
        const a = mean(headsOf(probabilities, n));
        return Array.from({ length: patches }, (_, p) =>
          row.reduce((sum, i) => sum + a[i]![first + p]! / row.length, 0),
        );
      });
      expectClose((await explain({ readout }, 'raw-attention')).data, want);
    }
  });

  it('can be given as options', async () => {
    const { data, shape } = await explain({}, 'raw-attention', { grid: '3,2' });
    expect(shape).toEqual([count, 1, 3, 2]);
    expectClose(data, [...(await explain({}, 'raw-attention')).data]);
    const shifted = await explain({}, 'raw-attention', { tokens: 0 });
    expectClose(shifted.data.subarray(1, 6), [...data.subarray(0, 5)]);
    await expect(explain({}, 'raw-attention', { tokens: 2 })).rejects.toThrow(
      "option 'tokens' leaves 5 of 7 tokens for 2x3 patches",
    );
    await expect(explain({}, 'raw-attention', { grid: '3,3' })).rejects.toThrow(
      "option 'grid' asks for 3x3 patches; the attention has 7 tokens",
    );
  });

  it("give a map of the input's size by upsampling", async () => {
    const { shape } = await explain({}, 'attention-rollout', { upsample: 'bilinear' });
    expect(shape).toEqual([count, 1, 8, 12]);
  });
});

/** The tiny transformer with further nodes between each softmax and what reads it. */
const behindSoftmax = (follow: (value: string, edit: Edit) => readonly Node[]) =>
  modelOf(
    rewriteNodes(tinyTransformer(), (node, edit) => {
      if (node.op !== 'Softmax') return node;
      const before = edit.fresh('softmax');
      const [last, ...others] = follow(before, edit).toReversed();
      return [{ ...node, outputs: [before] }, ...others.toReversed(), { ...last!, outputs: node.outputs }];
    }),
  );

it('finds attention of which the probabilities are rounded', async () => {
  const zero = { type: 'uint8', data: Uint8Array.of(0), shape: [] } as const;
  const model = await behindSoftmax((value, edit) => {
    const grid = [edit.constant(scalar(1 / 255)), edit.constant(zero)];
    const whole = edit.fresh('whole');
    return [
      edit.node('QuantizeLinear', [value, ...grid], whole),
      edit.node('DequantizeLinear', [whole, ...grid], ''),
    ];
  });
  expect(layersOf(model).flat()).toHaveLength(2);
  const rounded = (await attribute(model, 'attention-rollout', input, targets)).map.data;
  const exact = (await explain({}, 'attention-rollout')).data;
  for (const [i, value] of exact.entries()) expect(Math.abs(rounded[i]! - value)).toBeLessThan(0.01);
});

it('finds attention before a softmax of the pair of scores that each class has', async () => {
  const graph = tinyTransformer({});
  const scores = graph.outputs[0]!.name;
  const b = extend(graph);
  const pairs = b.emit('Concat', [b.unsqueeze(scores, [2]), b.unsqueeze(b.neg(scores), [2])], {
    axis: int(2),
  });
  const first = { type: 'int64', data: BigInt64Array.of(0n), shape: [] } as const;
  b.emit('Gather', [b.emit('Softmax', [pairs]), b.constant(first)], { axis: int(2) }, 'shares');
  const model = await modelOf(b.finish(graph.inputs, [{ name: 'shares', type: 'float32', shape: ['N', 3] }]));
  expect(layersOf(model)).toHaveLength(2);
  const { map } = await attribute(model, 'attention-rollout', input, targets);
  expectClose(map.data, [...(await explain({}, 'attention-rollout')).data]);
});

describe('unsupported models', () => {
  it('a softmax that is in no attention', async () => {
    const model = await behindSoftmax((value, edit) => [
      edit.node('Add', [value, edit.constant(scalar(0.1))], ''),
    ]);
    expect(() => layersOf(model)).toThrow(/node '.*' \(Softmax\) has shape \[1,2,7,7\].*leave it out/);
  });

  it('attention over windows', async () => {
    const model = await tiny({ readout: 'mean', windows: true });
    const made = attribute(model, 'attention-rollout', input, targets);
    await expect(made).rejects.toMatchObject({ kind: 'unsupported' });
    await expect(made).rejects.toThrow(
      'attention over windows (Swin), or over each of several images, is not handled',
    );
  });

  it('fused attention nodes', async () => {
    const model = await tiny({});
    const [node] = model.graph.nodes;
    const fused = { ...node!, op: 'QAttention', domain: 'com.microsoft', attributes: { x: string('') } };
    const hidden = { ...model, graph: { ...model.graph, nodes: [fused, ...model.graph.nodes.slice(1)] } };
    expect(() => layersOf(hidden)).toThrow('(com.microsoft.QAttention) hides its attention');
  });

  it('a model without attention', async () => {
    const model = await tiny({});
    const without = { ...model, graph: { ...model.graph, nodes: model.graph.nodes.slice(0, 3) } };
    expect(() => layersOf(without)).toThrow('no attention (MatMul, Softmax, MatMul) was found');
  });
});
