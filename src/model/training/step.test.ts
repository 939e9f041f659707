import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { seededRandom } from '../../base/random.js';
import type { Arrays } from '../../engine/engine.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { float32 } from '../../graph/elements.js';
import type { Constant, Graph } from '../../graph/graph.js';
import { clip, drawn, referee, values } from '../../testing/training-step.js';
import { architecture, buildNetwork } from '../architectures/architecture.js';
import {
  batchNorm,
  conv,
  dense,
  dropout,
  flatten,
  globalAveragePool,
  maxPool,
  relu,
} from '../architectures/layers.js';
import { architectures } from '../architectures/registry.js';
import { probe } from '../probe.js';
import type { Loss } from '../recipe.js';
import { sigmoidCrossEntropy, softmaxCrossEntropy } from './loss.js';
import { differentiate, names } from './step.js';

vi.setConfig({ testTimeout: 60_000 });
const engine = onnxRuntime();
afterAll(() => engine.dispose());
beforeAll(() => tf.setBackend('cpu'));

/** Adds noise to the parameters, so that no gradient is zero by chance. */
function shaken(graph: Graph): Graph {
  const random = seededRandom('shaken');
  const initializers = [...graph.initializers].map(([name, constant]): [string, Constant] => {
    if (constant.shape.length === 0) return [name, constant];
    const data = (constant.data as Float32Array).map((v) => v + 0.1 * random.normal());
    return [name, { ...constant, data }];
  });
  return { ...graph, initializers: new Map(initializers) };
}

async function gradientsOf(graph: Graph, loss: Loss, inputShape: readonly number[], feeds: Arrays) {
  const shapes = await probe(graph, graph.inputs[0]!, inputShape, engine);
  const { builder, inputs, gradients } = differentiate(graph, shapes, loss, 'cpu');
  const outputs = [names.loss, ...gradients.values()].map((name) => ({ name, type: 'float32' as const }));
  const whole = builder.finish(inputs, outputs);
  const parameters = [...gradients.keys()].map((name) => [name, whole.initializers.get(name)!] as const);
  const program = await engine.compile({
    ...whole,
    inputs: [...inputs, ...parameters.map(([name]) => ({ name, type: 'float32' as const }))],
    initializers: new Map([...whole.initializers].filter(([name]) => !gradients.has(name))),
  });
  const all = { ...feeds, ...Object.fromEntries(parameters) };
  const out = await program.run(all);
  const lossAt = async (name: string, data: Float32Array) => {
    const changed = { ...all, [name]: float32(data, whole.initializers.get(name)!.shape) };
    return (await program.run(changed, [names.loss]))[names.loss]!.data[0] as number;
  };
  return {
    loss: out[names.loss]!.data[0] as number,
    gradients: new Map([...gradients].map(([name, value]) => [name, values(out[value])])),
    lossAt,
  };
}

describe('a training step agrees with TensorFlow.js', () => {
  for (const loss of [softmaxCrossEntropy, sigmoidCrossEntropy]) {
    it(`on the loss and every gradient of a small CNN (${loss.name})`, async () => {
      const graph = shaken(buildNetwork(referee, [3, 10, 10], 3, {}, seededRandom('referee')));
      const x = drawn('x', [4, 3, 10, 10]);
      const softmax = loss === softmaxCrossEntropy;
      const targets = [
        softmax ? [1, 0, 0] : [1, 1, 0],
        [0, 0, 1],
        [0, 1, 0],
        softmax ? [0, 0, 1] : [0, 0, 0],
      ];
      const weights = softmax
        ? [[0.1], [0.3], [0.2], [0.4]]
        : targets.map((_, i) => [0.1 * i + 0.1, 0.2, 0.3]);
      const width = weights[0]!.length;
      const got = await gradientsOf(graph, loss, [3, 10, 10], {
        image: x,
        [names.targets]: float32(targets.flat(), [4, 3]),
        [names.weights]: float32(weights.flat(), [4, width]),
      });
      const of = (name: string) => graph.initializers.get(name)!;
      const channelsLast = (name: string) =>
        tf.tidy(() =>
          tf
            .tensor4d(of(name).data as Float32Array, of(name).shape as [number, number, number, number])
            .transpose<tf.Tensor4D>([2, 3, 1, 0]),
        );
      const order = [
        'conv1.weight',
        'bn.weight',
        'bn.bias',
        'conv2.weight',
        'conv2.bias',
        'logits.weight',
        'logits.bias',
      ];
      const parameters = order.map((name) =>
        name.startsWith('conv') && name.endsWith('weight')
          ? channelsLast(name)
          : tf.tensor(of(name).data as Float32Array, of(name).shape as number[]),
      );
      const value = (...p: tf.Tensor[]): tf.Scalar => {
        const input = tf
          .tensor4d(x.data as Float32Array, [4, 3, 10, 10])
          .transpose<tf.Tensor4D>([0, 2, 3, 1]);
        const convolved = tf.conv2d(input, p[0] as tf.Tensor4D, 1, 1);
        const { mean, variance } = tf.moments(convolved, [0, 1, 2]);
        const normal = convolved.sub(mean).div(variance.add(1e-5).sqrt()).mul(p[1]!).add(p[2]!);
        const pooled = tf.maxPool(normal.relu() as tf.Tensor4D, 2, 2, 'valid');
        const padded = tf.pad(pooled, [
          [0, 0],
          [1, 1],
          [1, 1],
          [0, 0],
        ]);
        const second = tf
          .conv2d(padded as tf.Tensor4D, p[3] as tf.Tensor4D, 2, 'valid')
          .add(p[4]!)
          .relu();
        const logits = second.mean([1, 2]).matMul(p[5]!, false, true).add(p[6]!);
        const [t, w] = [tf.tensor2d(targets), tf.tensor2d(weights)];
        if (softmax) return tf.logSoftmax(logits).mul(t).mul(w).sum().neg().asScalar();
        return logits.relu().sub(logits.mul(t)).add(logits.abs().neg().exp().log1p()).mul(w).sum().asScalar();
      };
      const theirs = tf.valueAndGrads(value)(parameters);
      expect(got.loss).toBeCloseTo(theirs.value.dataSync()[0]!, 5);
      expect([...got.gradients.keys()].sort()).toEqual([...order].sort());
      for (const [i, name] of order.entries()) {
        const grad = theirs.grads[i]!;
        const own = grad.rank === 4 ? grad.transpose([3, 2, 0, 1]) : grad;
        const want = Array.from(own.dataSync());
        const largest = Math.max(...want.map(Math.abs));
        for (const [k, v] of want.entries()) {
          expect(Math.abs(got.gradients.get(name)![k]! - v) / (largest + 1e-6), `${name}[${k}]`).toBeLessThan(
            1e-4,
          );
        }
      }
    });
  }
});

const dropping = architecture({
  name: 'dropping',
  doc: '',
  options: {},
  build: (net, image, classes) => {
    const hidden = relu(net, 'relu', dense(net, 'hidden', flatten(net, 'pixels', image), 12));
    return dense(net, 'logits', dropout(net, 'drop', hidden, 0.5), classes);
  },
});

const pooling = architecture({
  name: 'pooling',
  doc: '',
  options: {},
  build(net, image, classes) {
    const stem = batchNorm(net, 'stem.bn', conv(net, 'stem', image, { channels: 16, kernel: 7, stride: 2 }));
    const pooled = maxPool(net, 'pool', relu(net, 'relu1', stem), { kernel: 3, stride: 2, pad: 1 });
    const last = relu(net, 'relu2', conv(net, 'conv', pooled, { channels: 16 }));
    return dense(net, 'logits', globalAveragePool(net, 'mean', last), classes);
  },
});

const byChannel = architecture({
  name: 'by-channel',
  doc: '',
  options: {},
  build(net, image, classes) {
    const stem = batchNorm(net, 'stem.bn', conv(net, 'stem', image, { channels: 16, stride: 2 }));
    const own = conv(net, 'own', clip(net, 'clip', stem, 0, 1), { channels: 16, groups: 16, stride: 2 });
    const last = clip(net, 'last', batchNorm(net, 'own.bn', own), -1, 0.5);
    return dense(net, 'logits', globalAveragePool(net, 'mean', last), classes);
  },
});

describe('the gradient agrees with central differences of the loss', () => {
  for (const [name, network, size, feeds] of [
    ['resnet-small on a small image', architectures['resnet-small'], 16, {}],
    ['resnet-small at its usual geometry', architectures['resnet-small'], 128, {}],
    ['a stem that is pooled over overlapping windows', pooling, 48, {}],
    ['convolutions by channel between clipped values', byChannel, 24, {}],
    [
      'a network with dropout',
      dropping,
      16,
      {
        'sl.mask.drop': float32(
          Float32Array.from({ length: 60 }, (_, i) => (i % 3 ? 2 : 0)),
          [5, 12],
        ),
      },
    ],
  ] as const) {
    it(name, async () => {
      const inputShape = [1, size, size] as const;
      const options = 'width' in network.options ? { width: size === 16 ? 4 : 8 } : {};
      const graph = shaken(buildNetwork(network, inputShape, 3, options, seededRandom(3)));
      const targets = float32([1, 0, 0, 0, 1, 0, 0, 0, 1, 0.5, 0.25, 0.25, 0, 1, 0], [5, 3]);
      const { gradients, lossAt } = await gradientsOf(graph, softmaxCrossEntropy, inputShape, {
        image: drawn('image', [5, ...inputShape]),
        [names.targets]: targets,
        [names.weights]: float32(new Float32Array(5).fill(0.2), [5, 1]),
        ...feeds,
      });
      for (const [parameter, gradient] of gradients) {
        const at = graph.initializers.get(parameter)!.data as Float32Array;
        // The difference is largest along the gradient.
        const length = Math.hypot(...gradient);
        const moved = (by: number) =>
          lossAt(
            parameter,
            at.map((v, i) => v + (by * gradient[i]!) / length),
          );
        const errors: number[] = [];
        // A large step may cross the kink of a ReLU; a small one loses the difference to rounding.
        for (const step of [0.002, 0.001, 0.0005, 0.0002]) {
          errors.push(Math.abs(((await moved(step)) - (await moved(-step))) / (2 * step * length) - 1));
        }
        expect(Math.min(...errors), parameter).toBeLessThan(0.02);
      }
    });
  }
});

describe('the gradient of clipped values is that between the bounds', () => {
  const one = new Float32Array(1);
  /** The next float below a positive one. */
  const below = (value: number) => {
    one[0] = value;
    new Int32Array(one.buffer)[0]! -= 1;
    return one[0];
  };
  it.each([
    [0, 6, [1e-30, 3, below(6)], [-1e30, -1e-30, 0, 6, 7, 1e30]],
    [-1.5, Math.fround(0.1), [-below(1.5), 0, below(0.1)], [-1e30, -1.5, Math.fround(0.1), 1]],
    [-1e9, 1e9, [-5, 5], [-1e9, 1e9, 2e9]],
  ])('from %d to %d', async (low, high, inside, outside) => {
    const network = architecture({
      name: 'clipped',
      doc: '',
      options: {},
      build(net, image, classes) {
        const scaled = batchNorm(net, 'scaled', image);
        return dense(net, 'logits', flatten(net, 'flat', clip(net, 'clip', scaled, low, high)), classes);
      },
    });
    const graph = buildNetwork(network, [1, 1, 1], 2, {}, seededRandom(3));
    const shift = async (value: number) => {
      const of = (data: number) => float32([data], [1]);
      // With scale 0 the value is the bias alone.
      const set = new Map([
        ...graph.initializers,
        ['scaled.weight', of(0)],
        ['scaled.bias', of(value)],
      ] as const);
      const { gradients } = await gradientsOf(
        { ...graph, initializers: set },
        sigmoidCrossEntropy,
        [1, 1, 1],
        {
          image: float32([1, 2], [2, 1, 1, 1]),
          [names.targets]: float32([0.3, 0.6, 0.3, 0.6], [2, 2]),
          [names.weights]: float32([1, 1, 1, 1], [2, 2]),
        },
      );
      return gradients.get('scaled.bias')![0];
    };
    for (const value of inside) expect(await shift(value), `${value}`).not.toBe(0);
    for (const value of outside) expect(Math.abs((await shift(value))!), `${value}`).toBe(0);
  });
});

for (const loss of [softmaxCrossEntropy, sigmoidCrossEntropy]) {
  it(`${loss.name} stays finite for logits of a thousand`, async () => {
    const graph = buildNetwork(architectures.logistic!, [1, 1, 1], 2, {}, seededRandom(1));
    const huge = float32([1000, -1000], [2, 1]);
    const sure = { ...graph, initializers: new Map([...graph.initializers, ['logits.weight', huge]]) };
    const got = await gradientsOf(sure, loss, [1, 1, 1], {
      image: float32([1, 1], [2, 1, 1, 1]),
      [names.targets]: float32([1, 0, 0, 1], [2, 2]),
      [names.weights]:
        loss.weights === 'sample' ? float32([0.5, 0.5], [2, 1]) : float32([0.25, 0.25, 0.25, 0.25], [2, 2]),
    });
    // The first sample has no loss, the second one in proportion to its error.
    expect(got.loss).toBeCloseTo(loss.weights === 'sample' ? 1000 : 500, 3);
    const most = loss.weights === 'sample' ? 0.5 : 0.25;
    expect(got.gradients.get('logits.bias')).toEqual([most, -most]);
  });
}
