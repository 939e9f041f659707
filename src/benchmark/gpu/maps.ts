import { attribute } from '../../attribution/attribute.js';
import { methods } from '../../attribution/index.js';
import type { Method } from '../../attribution/method.js';
import { messageOf, SightlineError } from '../../base/errors.js';
import { seededRandom } from '../../base/random.js';
import { checkpoint, type RunContext } from '../../base/run.js';
import type { Engine } from '../../engine/engine.js';
import type { Graph } from '../../graph/graph.js';
import { architecture, buildNetwork } from '../../model/architectures/architecture.js';
import {
  batchNorm,
  concat,
  conv,
  dense,
  globalAveragePool,
  maxPool,
  relu,
} from '../../model/architectures/layers.js';
import { architectureOf } from '../../model/architectures/registry.js';
import { classifierOf } from '../../model/load.js';
import { sizeOf } from '../../tensor/tensor.js';

/** How far a method's map on an engine is from the CPU's. */
export interface MapDifference {
  readonly network: string;
  readonly method: string;
  /** The L2 norm of the difference over that of the CPU's map; absent where the method does not run. */
  readonly difference?: number;
  readonly why?: string;
}

const shape = [3, 64, 64] as const;

const densely = architecture({
  name: 'densely-connected',
  doc: 'Three layers, each of which reads all before.',
  options: {},
  build(net, image, classes) {
    let x = maxPool(net, 'pool', conv(net, 'stem', image, { channels: 16, kernel: 7, stride: 2 }));
    for (const name of ['first', 'second', 'third']) {
      const active = relu(net, `${name}.relu`, batchNorm(net, `${name}.norm`, x));
      x = concat(net, `${name}.joined`, [x, conv(net, name, active, { channels: 12 })]);
    }
    return dense(net, 'logits', globalAveragePool(net, 'mean', relu(net, 'last', x)), classes);
  },
});

/** A residual, a densely connected and an attention network; their programs are planned in seconds. */
const networks: Readonly<Record<string, () => Graph>> = {
  residual: () =>
    buildNetwork(architectureOf('resnet-small'), shape, 10, { width: 16 }, seededRandom('residual')),
  dense: () => buildNetwork(densely, shape, 10, {}, seededRandom('dense')),
  attention: () =>
    buildNetwork(
      architectureOf('vit-tiny'),
      shape,
      10,
      { patch: 16, width: 48, heads: 3, depth: 2 },
      seededRandom('attention'),
    ),
};

/** Options whose methods pass through the model many times; all others are single-pass methods. */
const drawn = ['samples', 'masks', 'steps', 'window', 'segments'];
const singlePass = Object.values<Method>(methods).filter(
  ({ options, family }) => !drawn.some((name) => name in options) && family !== 'baseline',
);

/** Compares the map of each single-pass method on `engine` with the CPU's, on three small networks. */
export async function mapDifferences(
  engine: Engine,
  cpu: Engine,
  run: RunContext,
  inTime: () => boolean,
): Promise<MapDifference[]> {
  const found: MapDifference[] = [];
  const bar = run.progress.start('maps', Object.keys(networks).length * singlePass.length);
  const random = seededRandom('maps');
  const input = {
    data: Float32Array.from({ length: 2 * sizeOf(shape) }, () => random.normal()),
    shape: [2, ...shape],
  };
  for (const [network, build] of Object.entries(networks)) {
    const graph = build();
    const models = [
      await classifierOf(graph, network, { engine: cpu }),
      await classifierOf(graph, network, { engine }),
    ];
    for (const { name: method } of singlePass) {
      await checkpoint(run);
      bar.advance(1, `${network}, ${method}`);
      if (!inTime()) found.push({ network, method, why: 'not reached in time' });
      else {
        const maps = models.map(async (model) => (await attribute(model, method, input, [1, 2])).map.data);
        found.push({ network, method, ...(await Promise.all(maps).then(compared, refused)) });
      }
    }
  }
  bar.done();
  return found;
}

function compared([wanted, got]: readonly ArrayLike<number>[]): { readonly difference: number } {
  let [apart, size] = [0, 0];
  for (let i = 0; i < wanted!.length; i++) {
    apart += (got![i]! - wanted![i]!) ** 2;
    size += wanted![i]! ** 2;
  }
  return { difference: Math.sqrt(apart / (size || 1)) };
}

function refused(error: unknown): { readonly why: string } {
  if (error instanceof SightlineError && error.kind !== 'cancelled') return { why: messageOf(error) };
  throw error;
}
