import { afterAll, expect, it } from 'vitest';
import { attribute } from '../../../attribution/attribute.js';
import { onnxRuntime } from '../../../engine/onnxruntime.js';
import { classifierOf } from '../../../model/load.js';
import { normalFrom } from '../../../testing/normal.js';
import { type Attributes, float, int, ints } from '../../attributes.js';
import { type Builder, startGraph } from '../../builder.js';
import { int64, numbers } from '../../elements.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());
const normal = normalFrom('open functions');
const rest = (op: string, attributes: Attributes, ...shapes: readonly (readonly number[])[]) =>
  [
    `${op} ${Object.keys(attributes)}`,
    (b: Builder, x: string) => b.emit(op, [x, ...shapes.map((s) => b.constant(normal(...s)))], attributes),
  ] as const;

const perm = { perm: ints([0, 2, 1, 3]) };

/**
 * Positions of three tokens in a table of five; two heads, in one axis with the features or in one of their
 * own.
 */
const rotary = (about: string, attributes: Attributes, { apart = false, angles = 2 } = {}) =>
  [
    `RotaryEmbedding ${about}`,
    (b: Builder, x: string) => {
      const batch = b.emit('Shape', [x], { end: int(1) });
      const target = b.emit('Concat', [batch, b.constant(int64([3]))], { axis: int(0) });
      const positions = b.emit('Expand', [b.constant(int64([4, 0, 2], [1, 3])), target]);
      const tables = [normal(5, angles), normal(5, angles)].map((t) => b.constant(t));
      const turn = (heads: string) => b.emit('RotaryEmbedding', [heads, ...tables, positions], attributes);
      if (!apart) return turn(x);
      const split = b.emit('Reshape', [x, b.constant(int64([0, 3, 2, 4]))]);
      return turn(b.emit('Transpose', [split], perm));
    },
  ] as const;

const joined = { num_heads: int(2) };

it.each([
  rest('LpNormalization', {}),
  rest('LpNormalization', { axis: int(1), p: int(1) }),
  rest('RMSNormalization', {}, [8]),
  rest('RMSNormalization', { axis: int(1), epsilon: float(0.1) }, [3, 8]),
  rest('Swish', {}),
  rest('Swish', { alpha: float(1.7) }),
  rotary('of tokens', joined),
  rotary('of heads', {}, { apart: true }),
  rotary('of neighbours', { ...joined, interleaved: int(1) }),
  rotary('of some features', { ...joined, rotary_embedding_dim: int(2) }, { angles: 1 }),
  rotary('of all features, said', { ...joined, rotary_embedding_dim: int(4) }),
  rotary(
    'of some neighbours',
    { interleaved: int(1), rotary_embedding_dim: int(2) },
    { apart: true, angles: 1 },
  ),
])('%s is taken apart without a change, and explained', async (_, build) => {
  const b = startGraph('functions');
  b.emit('Reshape', [build(b, 'x'), b.constant(int64([0, 24]))], {}, 'y');
  const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32', shape }) as const;
  const graph = { ...b.finish([value('x', ['N', 3, 8])], [value('y', ['N', 24])]), opsets: { '': 24 } };
  const model = await classifierOf(graph, 'functions', { engine });
  const opened = ['LpNormalization', 'RMSNormalization', 'RotaryEmbedding', 'Swish'];
  expect(model.graph.nodes.filter(({ op }) => opened.includes(op))).toEqual([]);
  const x = normal(2, 3, 8);
  const [made, parts] = await Promise.all(
    [graph, model.graph].map(async (of) => (await (await engine.compile(of)).run({ x })).y!),
  );
  for (const [i, v] of numbers(parts!).entries()) expect(v).toBeCloseTo(numbers(made!)[i]!, 5);
  const input = { data: x.data as Float32Array, shape: x.shape };
  const baseline = { data: normal(3, 8).data as Float32Array, shape: [3, 8] };
  const { map, residual } = await attribute(model, 'deeplift', input, [3, 20], { baseline });
  expect(Math.hypot(...map.data)).toBeGreaterThan(0.01);
  for (const left of residual!) expect(Math.abs(left)).toBeLessThan(1e-5);
});
