import { afterAll, describe, expect, it } from 'vitest';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { scalar } from '../../graph/elements.js';
import type { Graph } from '../../graph/graph.js';
import { rewriteNodes } from '../../graph/rewrite.js';
import { classifierOf } from '../../model/load.js';
import { tokensInto } from '../../model/maps/entry.js';
import { headLayouts, type TinyTransformer, tinyTransformer } from '../../testing/tiny-transformer.js';
import { layersOf, readTokens } from './transformer.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const modelOf = (graph: Graph) => classifierOf(graph, 'tiny', { engine });
const tiny = (how: TinyTransformer) => modelOf(tinyTransformer(how));

/** Rounds every sum, to steps of a given size or in the range of the values themselves. */
const roundedSums = (graph: Graph, op: string, step: number): Graph =>
  rewriteNodes(graph, (node, edit) => {
    if (node.op !== 'Add') return node;
    const [exact, whole, scale, zero] = ['exact', 'whole', 'scale', 'zero'].map(edit.fresh) as Four;
    const grid = [
      edit.constant(scalar(step)),
      edit.constant({ type: 'int8', data: Int8Array.of(0), shape: [] }),
    ];
    const isStatic = op === 'QuantizeLinear';
    const rounds = edit.node(op, isStatic ? [exact, ...grid] : [exact], whole);
    return [
      { ...node, outputs: [exact] },
      isStatic ? rounds : { ...rounds, outputs: [whole, scale, zero] },
      edit.node('DequantizeLinear', [whole, ...(isStatic ? grid : [scale, zero])], node.outputs[0]!),
    ];
  });
type Four = [string, string, string, string];

describe('tokens', () => {
  it.each([
    ['class', [0]],
    ['class-last', [6]],
    ['distilled', [0, 1]],
    ['mean', [0, 1, 2, 3, 4, 5]],
    ['mean-of-patches', [1, 2, 3, 4, 5, 6]],
  ] as const)('that the model reads are found: %s', async (readout, tokens) => {
    expect(await readTokens(await tiny({ readout }))).toEqual(tokens);
  });

  it.each([
    ['class', [0]],
    ['mean-of-patches', [1, 2, 3, 4, 5, 6]],
  ] as const)('that the model reads are found where all values are rounded: %s', async (readout, tokens) => {
    // Noise lies beyond the range of small steps, and large ones round it to 0.
    for (const [op, step] of [
      ['QuantizeLinear', 1e-4],
      ['QuantizeLinear', 1e3],
      ['DynamicQuantizeLinear', 0],
    ] as const) {
      const model = await modelOf(roundedSums(tinyTransformer({ readout }), op, step));
      expect(await readTokens(model)).toEqual(tokens);
      expect(await readTokens(model, 'again')).toEqual(tokens);
    }
  });

  it('that enter an attention layer are found from its queries', async () => {
    for (const layout of headLayouts) {
      const model = await tiny({ layout });
      const [first, second] = layersOf(model).map(([block]) => tokensInto(model, block!));
      expect(model.shapes.get(first!)!.dims).toEqual([1, 7, 4]);
      expect(second).not.toBe(first);
    }
  });

  it('that enter an attention layer are found before rounded and curved queries', async () => {
    const { nodes } = tinyTransformer();
    const graph = rewriteNodes(tinyTransformer(), (node, edit) => {
      const weight = /^q\d$/.exec(node.inputs[1] ?? '')?.[0];
      const [whole, exact, wholeQueries, curved] = ['a', 'b', 'c', 'd'].map(edit.fresh) as Four;
      const [first, ...others] = node.inputs as [string];
      const isScore =
        node.op === 'MatMul' && nodes.some((n) => n.op === 'Mul' && n.inputs[0] === node.outputs[0]);
      if (isScore) return [edit.node('Tanh', [first], curved), { ...node, inputs: [curved, ...others] }];
      if (weight === undefined) return node;
      const zero = edit.constant({ type: 'uint8', data: Uint8Array.of(128), shape: [] });
      const grid = [edit.constant(scalar(0.05)), zero];
      return [
        edit.node('QuantizeLinear', [first, ...grid], whole),
        edit.node('DequantizeLinear', [whole, ...grid], `tokens.${weight}`),
        { ...node, inputs: [`tokens.${weight}`, weight], outputs: [exact] },
        edit.node('QuantizeLinear', [exact, ...grid], wholeQueries),
        edit.node('DequantizeLinear', [wholeQueries, ...grid], node.outputs[0]!),
      ];
    });
    const model = await modelOf(graph);
    const found = layersOf(model).map(([block]) => tokensInto(model, block!));
    expect(found).toEqual(['tokens.q0', 'tokens.q1']);
  });
});
