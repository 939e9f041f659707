import { afterAll, describe, expect, it } from 'vitest';
import { attribute } from '../../attribution/attribute.js';
import { seededRandom } from '../../base/random.js';
import { quietly } from '../../base/run.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { int, ints } from '../../graph/attributes.js';
import { startGraph } from '../../graph/builder.js';
import { float32, int64 } from '../../graph/elements.js';
import type { Graph } from '../../graph/graph.js';
import { classifierOf } from '../../model/load.js';
import { predict } from '../../model/predict.js';
import { interpret } from '../reference/interpret.js';
import { ending } from './ending.js';
import { expectLogits } from './expect-logits.js';
import { frozen } from './frozen.js';
import { networks } from './index.js';
import { node } from './quirks.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

describe('an export for a fixed batch', () => {
  it.each(Object.keys(networks))('of one takes any: %s', async (name) => {
    const graph = networks[name]!();
    const model = await classifierOf(frozen(graph, 1), name, { engine });
    expect(model.shapes.get('logits')!.batchAxis).toBe(0);
    await expectLogits(model, graph);
  });

  it.each(['dense', 'swin', 'merged', 'keras', 'vision'])('of two takes any: %s', async (name) => {
    const graph = networks[name]!();
    await expectLogits(await classifierOf(frozen(graph, 2), name, { engine }), graph);
  });

  /** Tokens [2, 3, 4] behind one of the file's own, shifted and compared with a query: [2, 4]. */
  const withOwnTokens = (own: readonly number[][]) => {
    const b = startGraph('own tokens');
    const rows = (parts: readonly number[][], length: number) =>
      b.constant(float32(parts.flat(), [2, length, 4]));
    const tokens = b.emit('Concat', [rows(own, 1), 'x'], { axis: int(1) });
    const shift = Array.from({ length: 16 }, (_, i) => i / 8);
    const moved = b.emit('Add', [tokens, rows([shift, shift], 4)]);
    const query = [1, -2, 3, 0.5];
    const seen = b.emit('MatMul', [rows([query, query], 1), b.transpose(moved, [0, 2, 1])]);
    b.emit('Flatten', [seen], {}, 'logits');
    const graph = b.finish(
      [{ name: 'x', type: 'float32', shape: [2, 3, 4] }],
      [{ name: 'logits', type: 'float32', shape: [2, 4] }],
    );
    const expected = (x: readonly number[]) =>
      [...own[0]!, ...x].reduce<number[]>((sums, value, i) => {
        sums[i >> 2] = (sums[i >> 2] ?? 0) + (value + shift[i]!) * query[i % 4]!;
        return sums;
      }, []);
    return { graph, expected };
  };
  const token = [0.5, -1, 2, 1];

  it('of two takes any where the file repeats its own tokens for it', async () => {
    const { graph, expected } = withOwnTokens([token, token]);
    const model = await classifierOf(graph, 'own', { engine });
    expect(model.alone).toBeUndefined();
    const random = seededRandom('own tokens');
    const samples = Array.from({ length: 3 }, () => Array.from({ length: 12 }, () => random.normal()));
    const data = Float32Array.from(samples.flat());
    const got = await predict(model, { data, shape: [3, 3, 4] }, quietly);
    for (const [i, value] of samples.flatMap(expected).entries()) expect(got.data[i]).toBeCloseTo(value, 4);
  });

  it('of two is no batch where the rows have tokens of their own', async () => {
    const { graph } = withOwnTokens([token, [...token].reverse()]);
    await expect(classifierOf(graph, 'own', { engine })).rejects.toThrow(
      'the same sample has another output in each of the 2 rows',
    );
  });

  it('that hides in an open declaration is found', async () => {
    const graph = networks.swin!();
    const fixed = { ...frozen(graph, 1), inputs: graph.inputs };
    await expectLogits(await classifierOf(fixed, 'swin', { engine }), graph);
  });

  /** Runs two samples and asks for a gradient, of a model that is run one sample at a time. */
  async function expectAlone(graph: Graph, why: string) {
    const model = await classifierOf(graph, 'model.onnx', { engine });
    expect(model.alone).toContain(why);
    const samples = [1, 2].map((step) => Float32Array.from({ length: 12 }, (_, i) => Math.sin(step * i)));
    const input = { data: Float32Array.from(samples.flatMap((data) => [...data])), shape: [2, 3, 2, 2] };
    const { data: got } = await predict(model, input, quietly);
    const expected = samples.flatMap((own) => {
      const data = Float64Array.from(own);
      return [...interpret(graph, { input: { data, shape: [1, 3, 2, 2] } }).get('logits')!.data];
    });
    for (const [i, value] of got.entries()) expect(value).toBeCloseTo(expected[i]!, 5);
    for (const method of ['gradient', 'extremal'] as const) {
      const refused = attribute(model, method, input, [0, 0]);
      await expect(refused).rejects.toThrow(`${method} cannot follow the network`);
      await expect(refused).rejects.toThrow(why);
    }
  }

  it('is run one sample at a time where the batch is summed over, and not followed', async () => {
    const graph = ending(
      [
        node('ReduceMean', ['input', 'axes'], 'mean', { name: 'blocks.2/mean' }),
        node('Flatten', ['mean'], 'logits', { attributes: { axis: int(1) } }),
      ],
      { axes: int64([0]) },
    );
    await expectAlone(
      graph,
      "the model was exported for a batch of 1, and its batch cannot be followed through node 'blocks.2/mean' (ReduceMean)",
    );
  });

  it('is run one sample at a time where its samples would meet, and not followed', async () => {
    const graph = ending(
      [
        node('Reshape', ['input', 'flat'], 'row', { name: 'flatten' }),
        node('Transpose', ['row'], 'column', { attributes: { perm: ints([1, 0]) } }),
        node('MatMul', ['column', 'row'], 'products', { name: 'meet' }),
        node('ReduceSum', ['products', 'axes'], 'logits'),
      ],
      { flat: int64([1, 12]), axes: int64([0]) },
    );
    await expectAlone(graph, "node 'meet' (MatMul)");
  });
});
