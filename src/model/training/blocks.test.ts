import { afterAll, describe, expect, it, vi } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { findBlockSize } from '../../engine/cpu/block-size.js';
import { asGiven, forCpu, type Prepare } from '../../engine/cpu/prepare.js';
import type { Engine } from '../../engine/engine.js';
import { remoteEngine } from '../../engine/remote.js';
import { thread } from '../../engine/thread.js';
import { float32 } from '../../graph/elements.js';
import type { Graph } from '../../graph/graph.js';
import { sizeOf } from '../../tensor/tensor.js';
import { clip } from '../../testing/training-step.js';
import { architecture, buildNetwork } from '../architectures/architecture.js';
import {
  add,
  averagePool,
  batchNorm,
  concat,
  conv,
  dense,
  globalAveragePool,
  maxPool,
  relu,
} from '../architectures/layers.js';
import { architectures } from '../architectures/registry.js';
import { probe } from '../probe.js';
import { softmaxCrossEntropy } from './loss.js';
import { optimisers } from './optimisers/registry.js';
import { names, scalarFeeds, trainingStep } from './step.js';

vi.setConfig({ testTimeout: 120_000 });

/** Convolutions of all geometries, some with channels that do not fill blocks. */
const mixed = architecture({
  name: 'mixed',
  doc: '',
  options: {},
  build(net, image, classes) {
    const layer = (name: string, x: typeof image, options: Parameters<typeof conv>[3]) =>
      relu(net, `${name}.relu`, batchNorm(net, `${name}.bn`, conv(net, name, x, options)));
    const stem = maxPool(net, 'pool', layer('stem', image, { channels: 32, kernel: 7, stride: 2 }), {
      kernel: 3,
      stride: 2,
      pad: 1,
    });
    const odd = layer('odd', stem, { channels: 20 });
    const wide = layer('wide', odd, { channels: 32, stride: 2 });
    const inner = batchNorm(net, 'inner.bn', conv(net, 'inner', wide, { channels: 32, bias: true }));
    const sum = relu(net, 'sum.relu', add(net, 'sum', inner, wide));
    const narrow = layer('narrow', sum, { channels: 16, kernel: 1, stride: 2 });
    const joined = concat(net, 'joined', [narrow, averagePool(net, 'average', sum)]);
    const ahead = relu(net, 'ahead.relu', batchNorm(net, 'ahead.bn', joined));
    const last = layer('last', ahead, { channels: 48, kernel: 5, stride: 2 });
    return dense(net, 'logits', globalAveragePool(net, 'mean', last), classes);
  },
});

/** Convolutions by channel between clipped values. */
const byChannel = architecture({
  name: 'by-channel',
  doc: '',
  options: {},
  build(net, image, classes) {
    const layer = (name: string, x: typeof image, options: Parameters<typeof conv>[3]) =>
      clip(net, `${name}.clip`, batchNorm(net, `${name}.bn`, conv(net, name, x, options)), 0, 1.5);
    const stem = layer('stem', image, { channels: 32 });
    const halved = layer('halved', stem, { channels: 32, groups: 32, stride: 2 });
    const quartered = layer('quartered', halved, { channels: 32, groups: 32, kernel: 5, stride: 2 });
    const last = layer('last', quartered, { channels: 32, groups: 32, kernel: 5 });
    return dense(net, 'logits', globalAveragePool(net, 'mean', last), classes);
  },
});

/** A network without channels that fill blocks. */
const narrow = architecture({
  name: 'narrow',
  doc: '',
  options: {},
  build(net, image, classes) {
    const first = relu(net, 'first.relu', conv(net, 'first', image, { channels: 12, bias: true }));
    const second = relu(net, 'second.relu', conv(net, 'second', first, { channels: 20, stride: 2 }));
    return dense(net, 'logits', globalAveragePool(net, 'mean', second), classes);
  },
});

/** Replaces Relu by Tanh: near a kink, rounding changes the gradients of a deep network by some per cent. */
const smooth = (graph: Graph): Graph => ({
  ...graph,
  nodes: graph.nodes.map((node) => (node.op === 'Relu' ? { ...node, op: 'Tanh' } : node)),
});

/** An engine, and the NCHWc operators of the last compiled graph. */
function watched(prepare: Prepare, blocked = true) {
  let ops: readonly string[] = [];
  const engine = remoteEngine({
    name: 'cpu',
    label: 'ONNX Runtime',
    open: thread('engine/onnxruntime-worker', JSON.stringify({ provider: 'cpu', threads: 0 })),
    async prepare(...given) {
      const prepared = await prepare(...given);
      ops = prepared.graph.nodes.filter(({ domain }) => domain !== '').map(({ op }) => op);
      return prepared;
    },
    blocked: () => blocked,
  });
  return { engine, ops: () => ops };
}

let block: number | undefined;
const inNchwc = watched(forCpu(async (run) => (block = await findBlockSize(run))));
const inOrder = watched(forCpu(async () => undefined));
const { engine: plain } = watched(asGiven, false);
afterAll(() => Promise.all([plain, inNchwc.engine, inOrder.engine].map((engine) => engine.dispose())));

/** The loss of one step and the carried values after it, whose change is the gradient. */
async function trained(engine: Engine, graph: Graph, inputShape: readonly [number, number, number]) {
  const random = seededRandom('images');
  const shapes = await probe(graph, graph.inputs[0]!, inputShape, plain);
  const hyper = { momentum: 0.9, decay: 0 };
  const step = trainingStep(graph, shapes, softmaxCrossEntropy, optimisers.sgd!, hyper, 'cpu');
  const program = await engine.compile(step.graph, { carry: step.carry, state: step.state });
  const batch = 5;
  const images = Float32Array.from({ length: batch * sizeOf(inputShape) }, () => random.normal());
  const outputs = await program.run({
    image: float32(images, [batch, ...inputShape]),
    [names.targets]: float32([1, 0, 0, 1, 0, 1, 1, 0, 1, 0], [batch, 2]),
    [names.weights]: float32(new Float32Array(batch).fill(1 / batch), [batch, 1]),
    ...scalarFeeds(optimisers.sgd!, 1, 0.01, hyper),
  });
  const state = await program.state();
  await program.dispose();
  return { loss: Number(outputs[names.loss]!.data[0]), state };
}

type Trained = Awaited<ReturnType<typeof trained>>;

function expectSame(got: Trained, expected: Trained, tolerance: number) {
  expect(Math.abs(got.loss - expected.loss)).toBeLessThan(tolerance);
  expect(Object.keys(got.state)).toEqual(Object.keys(expected.state));
  for (const [value, { data }] of Object.entries(expected.state)) {
    const wanted = data as Float32Array;
    const found = got.state[value]!.data as Float32Array;
    const off = wanted.reduce((most, v, i) => Math.max(most, Math.abs(v - found[i]!)), 0);
    const largest = wanted.reduce((most, v) => Math.max(most, Math.abs(v)), 1e-3);
    expect(off / largest, value).toBeLessThan(tolerance);
  }
}

const asBuilt = (graph: Graph) => graph;

describe('a training step in NCHWc matches one in NCHW', () => {
  it.each([
    ['mixed geometries', mixed, [3, 64, 48], asBuilt, 1e-3],
    ['mixed geometries of odd sizes', mixed, [3, 61, 45], asBuilt, 1e-3],
    ['mixed geometries without kinks', mixed, [3, 61, 45], smooth, 1e-4],
    ['convolutions by channel', byChannel, [3, 26, 22], asBuilt, 1e-3],
    ['cnn', architectures.cnn!, [1, 32, 32], asBuilt, 1e-3],
    ['resnet-small', architectures['resnet-small'], [1, 64, 64], asBuilt, 1e-3],
    ['resnet18 without kinks', architectures.resnet18!, [3, 64, 64], smooth, 1e-4],
  ] as const)('%s', async (_, network, inputShape, change, tolerance) => {
    const graph = change(buildNetwork(network, inputShape, 2, {}, seededRandom(7)));
    const expected = await trained(plain, graph, inputShape);
    expectSame(await trained(inNchwc.engine, graph, inputShape), expected, tolerance);
    expect(inNchwc.ops().includes('Conv')).toBe(block !== undefined);
  });
});

describe('a training step stays in NCHW', () => {
  it('when no channels fill blocks', async () => {
    const graph = buildNetwork(narrow, [3, 24, 20], 2, {}, seededRandom(7));
    const expected = await trained(plain, graph, [3, 24, 20]);
    expectSame(await trained(inNchwc.engine, graph, [3, 24, 20]), expected, 1e-4);
    expect(inNchwc.ops()).toEqual([]);
  });

  it('when the machine has no NCHWc kernels', async () => {
    const graph = buildNetwork(mixed, [3, 61, 45], 2, {}, seededRandom(7));
    const expected = await trained(plain, graph, [3, 61, 45]);
    expectSame(await trained(inOrder.engine, graph, [3, 61, 45]), expected, 1e-4);
    expect(inOrder.ops()).toEqual([]);
  });
});
