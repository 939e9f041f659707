import { afterAll, expect, it } from 'vitest';
import { SightlineError, unsupported } from '../base/errors.js';
import type { GivenOptions } from '../base/options.js';
import { seededRandom } from '../base/random.js';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { ints } from '../graph/attributes.js';
import type { Graph } from '../graph/graph.js';
import { buildNetwork } from '../model/architectures/architecture.js';
import { architectureOf } from '../model/architectures/registry.js';
import { classifierOf } from '../model/load.js';
import { channelsLast } from '../tensor/channels.js';
import { sizeOf, type Tensor } from '../tensor/tensor.js';
import { attribute } from './attribute.js';
import { methodOf } from './index.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const shape = [3, 12, 10] as const;
const random = seededRandom('border');
const noise = (...lengths: number[]): Tensor => ({
  data: Float32Array.from({ length: sizeOf(lengths) }, () => random.normal()),
  shape: lengths,
});
const input = noise(2, ...shape);
const network = buildNetwork(architectureOf('cnn'), shape, 2, { width: 4, depth: 2 }, seededRandom(1));

/** The same network for channels-last images. */
function turned(graph: Graph): Graph {
  const [{ name }] = graph.inputs as [Graph['inputs'][number]];
  const transpose = {
    ...{ op: 'Transpose', domain: '', name: 'turn', attributes: { perm: ints([0, 3, 1, 2]) } },
    ...{ inputs: ['last'], outputs: [name] },
  };
  return {
    ...graph,
    inputs: [{ name: 'last', type: 'float32', shape: ['N', 12, 10, 3] }],
    nodes: [transpose, ...graph.nodes],
  };
}

/** A bound for each value of a sample. */
const bound = (from: number): Tensor => {
  const { data, shape: lengths } = noise(...shape);
  return { data: data.map((v) => from + v / 10), shape: lengths };
};

const given: Readonly<Record<string, GivenOptions>> = {
  gradient: {},
  gradcam: {},
  input: {},
  'integrated-gradients': { steps: 4, baseline: 'blur' },
  deeplift: { baseline: noise(...shape) },
  lrp: { composite: 'epsilon-gamma-box', low: bound(-4), high: bound(4) },
  occlusion: { window: 4, stride: 4, baseline: 'mean' },
  rise: { masks: 8 },
  'feature-ablation': { segments: 'each' },
  smoothgrad: { samples: 2, noise: noise(2, 3, ...shape) },
};

it.each(Object.keys(given))('gives the same map for channels-last images: %s', async (name) => {
  const [first, last] = await Promise.all(
    [network, turned(network)].map((graph) => classifierOf(graph, 'cnn', { engine })),
  );
  const inner = given[name]!;
  const outer = Object.entries(inner).map(([key, value]) => [
    key,
    typeof value === 'object' ? channelsLast(value as Tensor) : value,
  ]);
  const want = (await attribute(first!, name, input, [0, 1], inner)).map;
  const { map } = await attribute(last!, name, channelsLast(input), [0, 1], Object.fromEntries(outer));
  const expected = want.shape[1] === 1 ? want : channelsLast(want);
  expect(map.shape).toEqual(expected.shape);
  const error = Math.hypot(...map.data.map((v, i) => v - expected.data[i]!));
  expect(error).toBeLessThan(1e-5 * Math.hypot(...expected.data));
});

it('names the method in a refusal of the network', async () => {
  const model = await classifierOf(network, 'cnn', { engine });
  await expect(attribute(model, 'attention-rollout', input, [0, 1])).rejects.toThrow(
    /^attention-rollout: no attention \(MatMul, Softmax, MatMul\) was found in the model/,
  );
});

it.each([
  ['no slope-like rule', 'slope: no slope-like rule'],
  ['a slope of it is undefined', 'slope: a slope of it is undefined'],
  ['slope-shap has no such baseline', 'slope: slope-shap has no such baseline'],
  ["slope has no rule for operator 'Erf'", "slope has no rule for operator 'Erf'"],
  ["method 'slope' needs images", "method 'slope' needs images"],
])('a refusal is given the name of its method where it has none: %s', async (message, said) => {
  const model = await classifierOf(network, 'cnn', { engine });
  const attributing = () => Promise.reject(unsupported(message));
  const refusing = { ...methodOf('gradient'), name: 'slope', attribute: attributing };
  await expect(attribute(model, refusing, input, [0, 1])).rejects.toThrow(
    new SightlineError('unsupported', said),
  );
});
