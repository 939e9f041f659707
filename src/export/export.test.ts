import { afterAll, describe, expect, it } from 'vitest';
import { attribute } from '../attribution/attribute.js';
import type { GivenOptions } from '../base/options.js';
import { seededRandom } from '../base/random.js';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { startGraph } from '../graph/builder.js';
import { float32, int64 } from '../graph/elements.js';
import type { Graph } from '../graph/graph.js';
import { parseOnnx } from '../graph/read.js';
import { ModelMessage } from '../graph/schema.js';
import { formatOnnx } from '../graph/write.js';
import type { Classifier } from '../model/classifier.js';
import { classifierOf } from '../model/load.js';
import { predict } from '../model/predict.js';
import { probabilities } from '../model/probability.js';
import { sizeOf, type Tensor, tensor } from '../tensor/tensor.js';
import { tinyModel } from '../testing/tiny-model.js';
import { tinyVit } from '../testing/tiny-vit.js';
import { explanationGraph, exportable } from './export.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());
const random = seededRandom('exported');

const noise = (...shape: number[]): Tensor =>
  tensor(
    Float32Array.from({ length: sizeOf(shape) }, () => random.normal()),
    shape,
  );

const imagesFor = ({ input: { shape } }: Classifier, count = 2): Tensor => noise(count, ...shape);

/** Runs a graph as it would be read from its file. */
async function run(graph: Graph, x: Tensor, targets?: readonly number[]) {
  const program = await engine.compile(parseOnnx(formatOnnx(graph), 'exported.onnx'));
  const feeds = {
    [graph.inputs[0]!.name]: float32(x.data, x.shape),
    ...(targets && { target: int64(targets) }),
  };
  const found = await program.run(feeds);
  await program.dispose();
  return found as Readonly<Record<string, Tensor>>;
}

function expectClose(found: Tensor, wanted: Tensor, within = 1e-5) {
  expect(found.shape).toEqual(wanted.shape);
  const most = wanted.data.reduce((greatest, value) => Math.max(greatest, Math.abs(value)), 0);
  const far = found.data.reduce((worst, value, i) => Math.max(worst, Math.abs(value - wanted.data[i]!)), 0);
  expect(far).toBeLessThanOrEqual(within * most);
}

const few: Readonly<Record<string, GivenOptions>> = {
  ...{ 'integrated-gradients': { steps: 5, baseline: 'mean' }, smoothgrad: { samples: 3 } },
  ...{ 'smoothgrad-squared': { samples: 3 }, vargrad: { samples: 3 }, gradcam: { relu: false } },
  ...{ 'blur-ig': { steps: 4, sigma: 2 }, eigencam: { relu: false }, eigengradcam: { relu: false } },
  'gradient-shap': { samples: 4, noise: 0.1, baselines: noise(3, 1, 8, 8) },
  'expected-gradients': { samples: 4, baselines: noise(2, 1, 8, 8) },
  ...{ patternnet: { data: noise(6, 1, 8, 8) }, patternattribution: { data: noise(6, 1, 8, 8) } },
  'activation-pattern': { data: noise(6, 1, 8, 8) },
};

describe('an exported explanation', () => {
  const load = async (vit: boolean) =>
    classifierOf(vit ? tinyVit() : tinyModel('Softmax'), 'tiny.onnx', { engine, precision: 'float32' });
  const attentions = ['raw-attention', 'attention-rollout', 'attention-gradcam'];
  const vits = [...attentions, 'transformer-attribution', 'generic-attention', 'gradient', 'gradcam'];
  const cases = [
    ...exportable()
      .filter((name) => !vits.slice(0, 5).includes(name))
      .map((name) => [name, false] as const),
    ...vits.map((name) => [name, true] as const),
  ];

  it.each(cases)('gives the map, outputs and residual of %s (transformer: %s)', async (name, vit) => {
    const model = await load(vit);
    const x = imagesFor(model);
    const wanted = await attribute(model, name, x, [2, 2], few[name]);
    const found = await run(await explanationGraph(model, name, few[name] ?? {}, { target: 'class:2' }), x);
    expectClose(found.map!, wanted.map);
    const outputs = await predict(model, x);
    expectClose(found[model.output]!, outputs);
    expectClose(found.probability!, probabilities(model, outputs));
    expect(found.value!.data[1]).toBeCloseTo(outputs.data[5]!, 5);
    expect(found.residual === undefined).toBe(wanted.residual === undefined);
    for (const [row, residual] of (found.residual ? wanted.residual! : []).entries())
      expect(found.residual!.data[row]).toBeCloseTo(residual, 4);
  });
});

interface Normalising {
  readonly metadata?: Readonly<Record<string, string>>;
  readonly normalisation?: 'zero-one' | { readonly mean: number[]; readonly std: number[] };
  readonly scaled?: boolean;
}

/** A classifier that divides pixels of 0 to 255 itself. */
function scaling(): Graph {
  const b = startGraph('scaling');
  const kernel = b.constant(float32([1], [1, 1, 1, 1]));
  const seen = b.emit('Conv', [b.emit('Div', ['x', b.constant(float32([255], []))]), kernel]);
  const mean = b.emit('Flatten', [b.emit('GlobalAveragePool', [seen])]);
  b.emit('MatMul', [mean, b.constant(float32([1, -1], [1, 2]))], {}, 'y');
  const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
  return b.finish([value('x', ['N', 1, 8, 8])], [value('y', ['N', 2])]);
}

describe('what an exported explanation says of itself', () => {
  const said = async (
    target: string | undefined,
    method: 'gradient' | 'integrated-gradients',
    options = {},
  ) => {
    const metadata = { description: 'trained on /home/anna/boxes.csv', author: 'Anna' };
    const graph = { ...tinyModel('Softmax'), name: '/home/anna/net', metadata };
    const model = await classifierOf(graph, 'tiny.onnx', { engine, precision: 'float32' });
    return explanationGraph(model, method, options, target === undefined ? {} : { target });
  };

  it('repeats no name and no metadata of the file that it is made from', async () => {
    const { name, metadata } = await said(undefined, 'gradient');
    expect(name).toBe('gradient');
    expect(Object.keys(metadata)).toEqual(['sightline']);
    expect(JSON.stringify(metadata)).not.toMatch(/anna/i);
  });

  it.each<[Normalising, string]>([
    [{}, 'as the model takes it; its file does not tell how images are normalised'],
    [{ normalisation: 'zero-one' }, 'pixels of 0 to 1'],
    [
      { normalisation: { mean: [0.25], std: [0.5] } },
      'normalised, (pixel of 0 to 1 - mean) / std, mean 0.25 and std 0.5',
    ],
    [
      { metadata: { sightline: '{"normalisation":{"mean":[0.4],"std":[0.2]}}' } },
      'normalised, (pixel of 0 to 1 - mean) / std, mean 0.4 and std 0.2',
    ],
    [{ scaled: true }, 'pixels of 0 to 255, which the model normalises itself'],
  ])('tells what its image takes: %j', async ({ metadata = {}, scaled, ...settings }, wanted) => {
    const graph = { ...(scaled ? scaling() : tinyModel('Softmax')), metadata };
    const model = await classifierOf(graph, 'tiny.onnx', { engine, ...settings });
    const made = await explanationGraph(model, 'gradient', {}, { target: 'class:1' });
    expect(made.inputs[0]!.doc).toBe(wanted);
    const { doc_string: doc, graph: written } = ModelMessage.decode(formatOnnx(made)).toJSON();
    expect([doc, written.input[0].doc_string]).toEqual([`${made.inputs[0]!.name}: ${wanted}`, wanted]);
  });

  it('names arrays by their shapes', async () => {
    const baseline = noise(1, 8, 8);
    const { metadata } = await said('class:1', 'integrated-gradients', { baseline, steps: 3 });
    expect(JSON.parse(metadata.sightline!).explanation).toEqual({
      ...{ method: 'integrated-gradients', seed: 0, target: 'class:1' },
      options: { steps: 3, rule: 'gauss-legendre', baseline: 'array [1,8,8]' },
    });
  });
});
