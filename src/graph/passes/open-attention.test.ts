import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { classifierOf } from '../../model/load.js';
import { attentionLayers } from '../attention.js';
import { type Attributes, float, int } from '../attributes.js';
import { startGraph } from '../builder.js';
import { float32, int64, numbers } from '../elements.js';
import type { Graph } from '../graph.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());
const random = seededRandom('open attention');
const normal = (...shape: number[]) =>
  float32(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
    shape,
  );

/** Four tokens of six values, attention of two heads, and the mean. */
function network(attributes: Attributes, { apart = false, mask = false } = {}): Graph {
  const b = startGraph('attention 23');
  const [q, k, v] = [0, 1, 2].map(() => {
    const all = b.emit('MatMul', ['x', b.constant(normal(6, 6))]);
    if (!apart) return all;
    const split = b.emit('Reshape', [all, b.constant(int64([0, 4, 2, 3]))]);
    return b.emit('Transpose', [split], { perm: { kind: 'ints', value: [0, 2, 1, 3] } });
  }) as [string, string, string];
  const y = b.emit('Attention', [q, k, v, ...(mask ? [b.constant(normal(4, 4))] : [])], attributes);
  const out = b.emit('Reshape', [y, b.constant(int64([0, 24]))], {}, 'y');
  const graph = b.finish(
    [{ name: 'x', type: 'float32', shape: ['N', 4, 6] }],
    [{ name: out, type: 'float32', shape: ['N', 24] }],
  );
  return { ...graph, opsets: { '': 23 } };
}

describe("ONNX's own Attention", () => {
  const heads = { q_num_heads: int(2), kv_num_heads: int(2) };
  it.each([
    ['of tokens', network(heads)],
    ['of tokens with a scale', network({ ...heads, scale: float(0.3) })],
    ['of heads', network({}, { apart: true })],
    ['with a mask', network(heads, { mask: true })],
  ])('%s is taken apart without a change', async (_, graph) => {
    const x = normal(2, 4, 6);
    const model = await classifierOf(graph, 'attention', { engine });
    expect(model.graph.nodes.some(({ op }) => op === 'Attention')).toBe(false);
    expect(attentionLayers(model.graph, model.shapes).map((layer) => layer[0]?.heads)).toEqual([2]);
    const [whole, parts] = await Promise.all(
      [graph, model.graph].map(async (of) => (await (await engine.compile(of)).run({ x })).y!),
    );
    for (const [i, value] of numbers(parts!).entries()) expect(value).toBeCloseTo(numbers(whole!)[i]!, 5);
  });

  it('is refused where it does more', async () => {
    const causal = classifierOf(network({ ...heads, is_causal: int(1) }), 'model.onnx', { engine });
    await expect(causal).rejects.toThrow('is_causal = 1');
    await expect(causal).rejects.toMatchObject({ kind: 'unsupported' });
  });
});
