import { attribute } from '../../attribution/attribute.js';
import { methods } from '../../attribution/index.js';
import type { Method } from '../../attribution/method.js';
import { SightlineError } from '../../base/errors.js';
import { lookUp } from '../../base/names.js';
import { seededRandom } from '../../base/random.js';
import { checkpoint, quietly, type RunContext } from '../../base/run.js';
import type { Engine } from '../../engine/engine.js';
import { buildNetwork } from '../../model/architectures/architecture.js';
import { architectureOf } from '../../model/architectures/registry.js';
import type { Precision } from '../../model/classifier.js';
import { classifierOf } from '../../model/load.js';
import { sizeOf } from '../../tensor/tensor.js';
import { costNetworks } from './attribution.js';
import { rounding } from './rounded.js';

/** How far a method's maps in each precision are from those in double: |map - double| / |double|. */
export interface Difference {
  readonly method: string;
  readonly of: Readonly<Record<Exclude<Precision, 'float64'>, number>>;
}

const side = 64;
const few: Readonly<Record<string, number>> = { samples: 8, masks: 8, steps: 8 };

/**
 * Compares the maps of a network with random weights at 3x64x64, by each method that takes it, few draws
 * each. `tf32` and `float16` are imitated by rounding between float32 kernels.
 */
export async function differences(
  network: string,
  names: readonly string[],
  engine: Engine,
  run: RunContext,
): Promise<Difference[]> {
  const { architecture, options = {} } = lookUp(costNetworks, network, 'network');
  const random = seededRandom('differences');
  const graph = buildNetwork(architectureOf(architecture), [3, side, side], 10, options, random);
  const on = (engine: Engine, precision: 'float32' | 'float64') =>
    classifierOf(graph, network, { engine, precision });
  const double = await on(engine, 'float64');
  const models = {
    float32: await on(engine, 'float32'),
    tf32: await on(rounding(engine, 'tf32'), 'float32'),
    float16: await on(rounding(engine, 'float16'), 'float32'),
  };
  const shape = [2, ...double.input.shape];
  const input = { data: Float32Array.from({ length: sizeOf(shape) }, () => random.normal()), shape };
  const chosen = Object.values<Method>(methods).filter(
    ({ name, family }) => family !== 'baseline' && (names.length === 0 || names.includes(name)),
  );
  const bar = run.progress.start(`precisions on ${network}`, chosen.length);
  const found: Difference[] = [];
  for (const method of chosen) {
    await checkpoint(run);
    bar.advance(1, method.name);
    const own = Object.fromEntries(Object.entries(few).filter(([name]) => name in method.options));
    const map = async (model: typeof double) =>
      (await attribute(model, method.name, input, [0, 1], own, { run: { ...quietly, signal: run.signal } }))
        .map;
    try {
      const exact = await map(double);
      const from = async (model: typeof double) => distance((await map(model)).data, exact.data);
      const of = {
        float32: await from(models.float32),
        tf32: await from(models.tf32),
        float16: await from(models.float16),
      };
      found.push({ method: method.name, of });
    } catch (error) {
      if (!(error instanceof SightlineError && error.kind !== 'cancelled')) throw error;
    }
  }
  bar.done();
  return found;
}

function distance(map: Float32Array, exact: Float32Array): number {
  let [apart, whole] = [0, 0];
  for (const [i, value] of exact.entries()) {
    apart += (map[i]! - value) ** 2;
    whole += value * value;
  }
  return Math.sqrt(apart / whole);
}
