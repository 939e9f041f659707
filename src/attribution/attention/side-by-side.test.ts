import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { int } from '../../graph/attributes.js';
import { extend } from '../../graph/builder.js';
import type { Graph, Node } from '../../graph/graph.js';
import { renamed } from '../../graph/rename.js';
import { classifierOf } from '../../model/load.js';
import type { Tensor } from '../../tensor/tensor.js';
import { type TinyTransformer, tinyShape, tinyTransformer } from '../../testing/tiny-transformer.js';
import { attribute } from '../attribute.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const random = seededRandom('side by side');
const input: Tensor = {
  data: Float32Array.from({ length: 2 * 96 }, () => random.normal()),
  shape: [2, ...tinyShape],
};
const targets = [2, 0];
const modelOf = (graph: Graph) => classifierOf(graph, 'tiny', { engine });

describe('networks side by side', () => {
  /** The sum of the scores of two networks of one image. */
  const beside = (one: Graph, two: Graph): Graph => {
    const other = renamed(two, (value) => (value === 'image' ? value : `two/${value}`));
    const [a, b] = [one.outputs[0]!, other.outputs[0]!];
    return {
      ...one,
      nodes: [
        ...one.nodes,
        ...other.nodes.map((n) => ({ ...n, name: `two/${n.name}` })),
        sum(a.name, b.name),
      ],
      initializers: new Map([...one.initializers, ...other.initializers]),
      outputs: [{ ...a, name: 'sum' }],
    };
  };
  const sum = (...inputs: string[]): Node => ({
    ...{ op: 'Add', domain: '', name: 'sum', inputs, outputs: ['sum'], attributes: {} },
  });
  const without = (graph: Graph, layer: string): Graph => ({
    ...graph,
    nodes: graph.nodes.map((n) =>
      n.op === 'Softmax' && n.outputs[0] === layer ? { ...n, op: 'Identity', attributes: {} } : n,
    ),
  });

  it.each<[string, TinyTransformer, TinyTransformer]>([
    ['with a class token', {}, {}],
    ['of mean tokens', { readout: 'mean' }, { readout: 'mean' }],
    ['of a product for each head', { layout: 'each' }, { layout: 'each' }],
  ])('are no heads of one attention: %s', async (_name, one, two) => {
    const model = await modelOf(beside(tinyTransformer(one), tinyTransformer(two)));
    await expect(attribute(model, 'attention-rollout', input, targets)).rejects.toThrow('side by side');
    await expect(attribute(model, 'gradcam', input, targets)).rejects.toThrow("option 'layer'");
  });

  it('of which one has less attention are told apart', async () => {
    const model = await modelOf(beside(tinyTransformer(), without(tinyTransformer(), 'probabilities1')));
    await expect(attribute(model, 'generic-attention', input, targets)).rejects.toThrow('side by side');
  });

  it('of which one has no attention are said to be left out', async () => {
    const plain = ['probabilities0', 'probabilities1'].reduce(without, tinyTransformer());
    const { notes } = await attribute(
      await modelOf(beside(tinyTransformer(), plain)),
      'attention-rollout',
      input,
      targets,
    );
    expect(notes.join()).toMatch('a branch without this attention');
  });

  it('whose scores are stacked before their mean are as well', async () => {
    const plain = ['probabilities0', 'probabilities1'].reduce(without, tinyTransformer());
    const both = beside(tinyTransformer(), plain);
    const builder = extend({ ...both, nodes: both.nodes.slice(0, -1) });
    const scores = both.nodes.at(-1)!.inputs.map((score) => builder.unsqueeze(score, [0]));
    const mean = builder.reduce('ReduceMean', builder.concat(scores, 0), [0], { keepdims: int(0) });
    builder.alias(mean, 'sum');
    const model = await modelOf(builder.finish(both.inputs, both.outputs));
    const { notes } = await attribute(model, 'attention-rollout', input, targets);
    expect(notes.join()).toMatch('a branch without this attention');
    await expect(attribute(model, 'gradcam', input, targets)).rejects.toThrow('one of several branches');
  });
});
