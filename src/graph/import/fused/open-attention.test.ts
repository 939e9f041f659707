import { afterAll, describe, expect, it } from 'vitest';
import { onnxRuntime } from '../../../engine/onnxruntime.js';
import { classifierOf } from '../../../model/load.js';
import { normalFrom } from '../../../testing/normal.js';
import { attentionLayers } from '../../attention.js';
import { type Attributes, float, int } from '../../attributes.js';
import { startGraph } from '../../builder.js';
import { float32, int64, numbers } from '../../elements.js';
import type { Constant, Graph } from '../../graph.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());
const normal = normalFrom('open attention');

interface Given {
  /** The heads have an axis of their own. */
  readonly apart?: boolean;
  readonly mask?: Constant;
  /** Of keys and values. */
  readonly heads?: number;
}

/** Four tokens of six values, attention of two heads. */
function network(attributes: Attributes, { apart = false, mask, heads = 2 }: Given = {}): Graph {
  const b = startGraph('attention 23');
  const [q, k, v] = [2, heads, heads].map((count) => {
    const all = b.emit('MatMul', ['x', b.constant(normal(6, 3 * count))]);
    if (!apart) return all;
    const split = b.emit('Reshape', [all, b.constant(int64([0, 4, count, 3]))]);
    return b.emit('Transpose', [split], { perm: { kind: 'ints', value: [0, 2, 1, 3] } });
  }) as [string, string, string];
  const y = b.emit('Attention', [q, k, v, ...(mask ? [b.constant(mask)] : [])], attributes);
  const out = b.emit('Reshape', [y, b.constant(int64([0, 24]))], {}, 'y');
  const graph = b.finish(
    [{ name: 'x', type: 'float32', shape: ['N', 4, 6] }],
    [{ name: out, type: 'float32', shape: ['N', 24] }],
  );
  return { ...graph, opsets: { '': 23 } };
}

const seen: Constant = {
  type: 'bool',
  data: Uint8Array.from({ length: 16 }, (_, i) => (i % 5 === 0 || i % 3 === 0 ? 1 : 0)),
  shape: [4, 4],
};
const infinite = float32(
  Float32Array.from(seen.data as Uint8Array, (v) => (v ? 0 : Number.NEGATIVE_INFINITY)),
  [4, 4],
);

/** The graph taken apart gives what ONNX Runtime's own operator gives. */
async function expectSame(graph: Graph) {
  const x = normal(2, 4, 6);
  const model = await classifierOf(graph, 'attention', { engine });
  expect(model.graph.nodes.some(({ op }) => op === 'Attention')).toBe(false);
  const [whole, parts] = await Promise.all(
    [graph, model.graph].map(async (of) => (await (await engine.compile(of)).run({ x })).y!),
  );
  for (const [i, value] of numbers(parts!).entries()) expect(value).toBeCloseTo(numbers(whole!)[i]!, 5);
  return model;
}

describe("ONNX's own Attention", () => {
  const heads = { q_num_heads: int(2), kv_num_heads: int(2) };
  it.each([
    ['of tokens', network(heads)],
    ['of tokens with a scale', network({ ...heads, scale: float(0.3) })],
    ['of heads', network({}, { apart: true })],
    ['with a mask', network(heads, { mask: normal(4, 4) })],
    ['with a mask of truth values', network(heads, { mask: seen })],
    ['with a mask of minus infinity', network(heads, { mask: infinite })],
    ['of tokens before alone', network({ ...heads, is_causal: int(1) })],
    ['with capped scores and a mask', network({ ...heads, softcap: float(0.8) }, { mask: normal(4, 4) })],
    ['of one head of keys', network({ ...heads, kv_num_heads: int(1) }, { heads: 1 })],
    ['of one head of keys, apart', network({}, { apart: true, heads: 1 })],
  ])('%s is taken apart without a change', async (_, graph) => {
    const model = await expectSame(graph);
    expect(attentionLayers(model.graph, model.shapes).map((layer) => layer[0]?.heads)).toEqual([2]);
  });

  it('repeats each head of keys for the heads of queries that it serves', async () => {
    const four = { q_num_heads: int(4), kv_num_heads: int(2) };
    for (const apart of [false, true]) {
      const b = startGraph('grouped');
      const [q, k, v] = [4, 2, 2].map((count) => {
        const all = b.emit('MatMul', ['x', b.constant(normal(6, 3 * count))]);
        const split = () => b.emit('Reshape', [all, b.constant(int64([0, 4, count, 3]))]);
        return apart ? b.emit('Transpose', [split()], { perm: { kind: 'ints', value: [0, 2, 1, 3] } }) : all;
      }) as [string, string, string];
      const y = b.emit('Attention', [q, k, v], apart ? {} : four);
      b.emit('Reshape', [y, b.constant(int64([0, 48]))], {}, 'y');
      const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32', shape }) as const;
      const graph = { ...b.finish([value('x', ['N', 4, 6])], [value('y', ['N', 48])]), opsets: { '': 23 } };
      await expectSame(graph);
    }
  });

  it('is refused where it does more', async () => {
    const graph = network(heads);
    const more = graph.nodes.map((n) =>
      n.op === 'Attention' ? { ...n, outputs: [...n.outputs, 'past'] } : n,
    );
    const asked = classifierOf({ ...graph, nodes: more }, 'model.onnx', { engine });
    await expect(asked).rejects.toThrow('more than one output');
    await expect(asked).rejects.toMatchObject({ kind: 'unsupported' });
  });
});
