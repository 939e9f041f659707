import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { quietly, type RunContext } from '../../base/run.js';
import type { Engine } from '../../engine/engine.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { sessionPool } from '../../engine/session-pool.js';
import { classifierOf } from '../../model/load.js';
import type { Tensor } from '../../tensor/tensor.js';
import { tinyModel } from '../../testing/tiny-model.js';
import { attribute } from '../attribute.js';
import { noiseKeys, noisesOf } from './noise.js';

const engines = [onnxRuntime('cpu', 1), onnxRuntime('cpu', 1), onnxRuntime('cpu', 1)];
const [engine] = engines as [Engine];
afterAll(() => Promise.all(engines.map((one) => one.dispose())));

const random = seededRandom('lines');
const images = (count: number): Tensor => ({
  data: Float32Array.from({ length: count * 64 }, () => random.normal()),
  shape: [count, 1, 8, 8],
});
const input = images(3);
const targets = [2, 0, 1];
const tiny = (on: Engine) => classifierOf(tinyModel(), 'tiny', { engine: on });

/** An engine that records the number of rows of each run. */
function listening() {
  const rows: number[] = [];
  const heard: Engine = {
    ...engine,
    async compile(graph, options) {
      const program = await engine.compile(graph, options);
      return {
        ...program,
        run(feeds, outputs) {
          if (feeds.x) rows.push(feeds.x.shape[0]!);
          return program.run(feeds, outputs);
        },
      };
    },
  };
  return { heard, rows };
}

async function predicted(method: string, options: Record<string, unknown>): Promise<number> {
  const { heard, rows } = listening();
  const model = await tiny(heard);
  rows.length = 0;
  await attribute(model, method, input, targets, options);
  return rows.reduce((a, b) => a + b, 0);
}

describe('lines between images', () => {
  it.each([
    ['integrated-gradients', { steps: 7 }],
    ['gradient-shap', { samples: 7, baselines: images(2), noise: 0.1 }],
  ])('do not depend on the number of sessions: %s', async (method, options) => {
    const on = async (sessions: readonly Engine[]) => {
      const { map, residual } = await attribute(
        await tiny(sessionPool('cpu', engine, sessions)),
        method,
        input,
        targets,
        options,
      );
      return { map, residual };
    };
    expect(await on(engines)).toEqual(await on([engine]));
  });

  it('with noise at their ends have the sums of single gradients', async () => {
    const model = await tiny(engine);
    const [baselines, noise, seed] = [images(2), 0.3, 5];
    const draws = [
      [0, 1],
      [0.4, 0],
      [1, 1],
    ].map(([alpha, baseline]) => ({ alpha, baseline }));
    const given = targets.map(() => ({
      alpha: draws.map(({ alpha }) => alpha!),
      baseline: draws.map(({ baseline }) => baseline!),
    }));
    const noiseOf = noisesOf(noiseKeys(seed, draws.length), 64);
    const want = new Float64Array(input.data.length);
    for (const [draw, { alpha, baseline }] of draws.entries()) {
      const start = (i: number) => baselines.data[baseline! * 64 + (i % 64)]!;
      const away = input.data.map((x, i) => x + noise * noiseOf(draw)[i % 64]! - start(i));
      const at = { data: away.map((d, i) => start(i) + alpha! * d), shape: input.shape };
      const { map } = await attribute(model, 'gradient', at, targets);
      for (const [i, slope] of map.data.entries()) want[i]! += (slope * away[i]!) / draws.length;
    }
    const { map } = await attribute(
      model,
      'gradient-shap',
      input,
      targets,
      { baselines, noise, draws: given },
      { seed },
    );
    for (const [i, value] of map.data.entries()) expect(value).toBeCloseTo(want[i]!, 5);
  });

  it('evaluate each end once, and none that is also a point', async () => {
    const ig = (options: Record<string, unknown>) =>
      predicted('integrated-gradients', { steps: 4, ...options });
    expect(await ig({})).toBe(3 + 1);
    expect(await ig({ baseline: 'mean' })).toBe(3 + 3);
    expect(await ig({ rule: 'left' })).toBe(3);
    expect(await ig({ rule: 'trapezoid-exact' })).toBe(0);
    expect(await predicted('expected-gradients', { samples: 4, baselines: images(2) })).toBe(3 + 2);
  });

  it('report progress and stop between batches', async () => {
    const seen: (number | string)[] = [];
    const stop = new AbortController();
    const run: RunContext = {
      signal: stop.signal,
      progress: {
        start(label, total) {
          seen.push(label, total);
          return {
            advance(units = 1) {
              seen.push(units);
              if (seen.length === 5) stop.abort();
            },
            done: () => seen.push('done'),
          };
        },
      },
    };
    const model = await tiny(engine);
    const asked = (context: RunContext) =>
      attribute(model, 'integrated-gradients', input, targets, { steps: 6 }, { run: context });
    await expect(asked(run)).rejects.toMatchObject({ kind: 'cancelled' });
    // The batch in flight beside the third may have finished before it saw the abort.
    expect(seen.slice(0, 5)).toEqual(['integrated gradients', 18, 2, 2, 2]);
    expect([[], [3]]).toContainEqual(seen.slice(5));
    await expect(asked(quietly)).resolves.toBeDefined();
  });
});
