import { seededRandom } from '../base/random.js';
import type { Arrays } from '../engine/engine.js';
import { float32, scalar } from '../graph/elements.js';
import type { Constant } from '../graph/graph.js';
import { architecture, type Feature, type Net } from '../model/architectures/architecture.js';
import { batchNorm, conv, dense, globalAveragePool, maxPool, relu } from '../model/architectures/layers.js';
import type { Hyperparameters, Optimiser } from '../model/training/optimisers/optimiser.js';
import { names, scalarFeeds } from '../model/training/step.js';

export const values = (constant: Constant | undefined) => Array.from(constant!.data as Float32Array);

/** Normal numbers, the same for the same name. */
export const drawn = (name: string, shape: readonly number[]) => {
  const random = seededRandom(name);
  return float32(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal()),
    shape,
  );
};

/** min(max(x, low), high) */
export const clip = (net: Net, name: string, x: Feature, low: number, high: number): Feature => {
  const bounds = [low, high].map((bound) => net.builder.constant(scalar(bound)));
  return { ...x, value: net.builder.emit('Clip', [x.value, ...bounds], {}, name) };
};

/** A small network of every layer that a training step has to get right. */
export const referee = architecture({
  name: 'referee',
  doc: '',
  options: {},
  build(net, image, classes) {
    const first = relu(net, 'relu1', batchNorm(net, 'bn', conv(net, 'conv1', image, { channels: 4 })));
    const second = conv(net, 'conv2', maxPool(net, 'pool', first), { channels: 6, stride: 2, bias: true });
    return dense(net, 'logits', globalAveragePool(net, 'mean', relu(net, 'relu2', second)), classes);
  },
});

/** The feeds of step `t`, counted from 1, of four images of two classes. */
export const feedsOfStep = (
  t: number,
  shape: readonly number[],
  optimiser: Optimiser,
  hyper: Hyperparameters,
): Arrays => ({
  image: drawn(`feeds ${t}`, [4, ...shape]),
  [names.targets]: float32([1, 0, 0, 1, 1, 0, 0, 1], [4, 2]),
  [names.weights]: float32([0.25, 0.25, 0.25, 0.25], [4, 1]),
  ...scalarFeeds(optimiser, t, 0.01, hyper),
});
