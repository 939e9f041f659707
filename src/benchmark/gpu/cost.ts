import { attribute } from '../../attribution/attribute.js';
import { messageOf, SightlineError } from '../../base/errors.js';
import { seededRandom } from '../../base/random.js';
import { checkpoint, quietly, type RunContext } from '../../base/run.js';
import type { Engine } from '../../engine/engine.js';
import { predict } from '../../model/predict.js';
import { sizeOf } from '../../tensor/tensor.js';
import { costCases, costModel, costNetworks } from '../cost/attribution.js';
import { trainingStepTimer } from '../cost/training.js';
import { median, milliseconds } from '../seconds.js';
import type { Peer } from './peer.js';

/** The time of a method, of a forward pass or of a training step. */
export interface GpuCost {
  readonly network: string;
  readonly method: string;
  readonly batch: number;
  /** Median milliseconds for an image, of ours and of the peers', measured by turns. */
  readonly ours?: number;
  readonly theirs?: number;
  readonly why?: string;
}

export interface CostPlan {
  readonly networks: readonly string[];
  readonly batches: readonly number[];
  /** Names of methods, `forward` and `training`; all by default. */
  readonly methods?: readonly string[];
  readonly repeats: number;
  readonly peer: Peer | undefined;
  readonly inTime: () => boolean;
}

/** A measurement: `once` runs it, `images` is what one run computes. */
interface Work {
  readonly method: string;
  readonly images: number;
  once(): Promise<unknown>;
}

/** Times forward passes, methods and training steps, each in turns with the peers. */
export async function gpuCosts(engine: Engine, plan: CostPlan, run: RunContext): Promise<GpuCost[]> {
  const found: GpuCost[] = [];
  const isWanted = (method: string) => plan.methods?.includes(method) ?? true;
  for (const network of plan.networks) {
    const model = await costModel(network, engine);
    for (const batch of plan.batches) {
      const random = seededRandom('gpu cost');
      const shape = [batch, ...model.input.shape];
      const data = Float32Array.from({ length: sizeOf(shape) }, () => random.normal());
      const input = { data, shape };
      const targets = Array.from({ length: batch }, (_, i) => i);
      const explaining = costCases
        .filter(({ method }) => isWanted(method))
        .map(
          ({ method, options }): Work => ({
            method: [method, ...Object.entries(options ?? {}).map((entry) => entry.join('='))].join(' '),
            images: batch,
            once: () =>
              attribute(model, method, input, targets, options, { run: { ...quietly, signal: run.signal } }),
          }),
        );
      const forward: Work = { method: 'forward', images: batch, once: () => predict(model, input, quietly) };
      const works = [...(isWanted('forward') ? [forward] : []), ...explaining];
      const bar = run.progress.start(
        `${network}, batch ${batch}`,
        works.length + Number(isWanted('training')),
      );
      for (const work of works) {
        await checkpoint(run);
        found.push(await byTurns(work, network, batch, plan));
        bar.advance(1, work.method);
      }
      if (isWanted('training')) {
        found.push(await trainingTime(engine, network, batch, plan));
        bar.advance(1, 'training');
      }
      bar.done();
    }
  }
  return found;
}

async function trainingTime(
  engine: Engine,
  network: string,
  batch: number,
  plan: CostPlan,
): Promise<GpuCost> {
  const about = { network, method: 'training', batch };
  if (!plan.inTime()) return { ...about, why: late };
  const { architecture, options = {} } = costNetworks[network]!;
  try {
    const timer = await trainingStepTimer(engine, {
      architecture,
      options,
      inputShape: [3, 224, 224],
      batch,
    });
    try {
      return await byTurns({ method: 'training', ...timer }, network, batch, plan);
    } finally {
      await timer.dispose();
    }
  } catch (error) {
    return { ...about, why: reasonOf(error) };
  }
}

const late = 'not reached in time';

async function byTurns(
  { method, images, once }: Work,
  network: string,
  batch: number,
  { repeats, peer, inTime }: CostPlan,
): Promise<GpuCost> {
  const about = { network, method, batch };
  if (!inTime()) return { ...about, why: late };
  const [ours, theirs]: [number[], number[]] = [[], []];
  try {
    // The first run compiles and plans.
    await once();
    for (let i = 0; i < repeats; i++) {
      ours.push((await milliseconds(once)) / images);
      const told = await peer?.ask({ network, method, batch });
      if (told !== undefined) theirs.push(told / batch);
    }
  } catch (error) {
    return { ...about, why: reasonOf(error) };
  }
  return { ...about, ours: median(ours), ...(theirs.length > 0 && { theirs: median(theirs) }) };
}

function reasonOf(error: unknown): string {
  if (error instanceof SightlineError && error.kind !== 'cancelled') return messageOf(error);
  throw error;
}
