import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { attribute } from '../../attribution/attribute.js';
import { quietly } from '../../base/run.js';
import { loadClassifier } from '../../model/load.js';
import { readNpy } from '../../tensor/npy.js';
import { rows, type Tensor, tensor, toFloat32 } from '../../tensor/tensor.js';
import { sharedIsThere, sharedPath } from '../../testing/shared.js';
import type { Scored } from '../metric/metric.js';
import { scoreMap } from '../score.js';
import { explainChanged } from './neighbours.js';

const input = tensor(Float32Array.of(1, 2, 3, 4), [1, 1, 2, 2]);
const scoredBy = (explain: Scored['explain']): Scored => ({
  map: tensor(Float32Array.of(1, 2, 3, 4), [2, 2]),
  input,
  target: 0,
  explain,
  seed: 1,
  run: quietly,
});
const names = ['max-sensitivity', 'average-sensitivity', 'local-lipschitz'];

describe('robustness', () => {
  it.each(names)('%s is 0 for a map that never moves', async (name) => {
    const constant = scoredBy(async () => tensor(Float32Array.of(1, 0, 0, 0), [2, 2]));
    expect(await scoreMap(name, constant)).toEqual({ value: 0 });
  });

  it('local-lipschitz is the factor of a linear explanation', async () => {
    const linear = scoredBy(async (x) => ({ data: x.data.map((v) => -3 * v), shape: [2, 2] }));
    expect((await scoreMap('local-lipschitz', linear, { radius: 0.5 })).value).toBeCloseTo(3, 4);
  });

  it('the average is at most the greatest, and both grow with the radius', async () => {
    const identity = scoredBy(async (x) => ({ data: x.data, shape: [2, 2] }));
    const small = await Promise.all(names.map((name) => scoreMap(name, identity, { radius: 0.1 })));
    const large = await Promise.all(names.map((name) => scoreMap(name, identity, { radius: 0.2 })));
    expect(small[1]!.value).toBeLessThan(small[0]!.value);
    expect(large[0]!.value).toBeCloseTo(2 * small[0]!.value, 5);
    expect(small[0]!.value).toBeLessThanOrEqual((0.1 * 2) / Math.sqrt(30));
  });

  it('is undefined where there is no map to move from', async () => {
    const nothing = scoredBy(async () => tensor(new Float32Array(4), [2, 2]));
    expect((await scoreMap('max-sensitivity', nothing)).reason).toMatch(/0 everywhere/);
  });
});

describe.skipIf(!sharedIsThere)('robustness beside captum and Quantus', { timeout: 60_000 }, () => {
  it('has the same values for the same noise and the magnitude of the gradient', async () => {
    const golden = (...path: string[]) => sharedPath('golden', ...path);
    const array = async (...path: string[]): Promise<Tensor> => toFloat32(await readNpy(golden(...path)));
    const stored = JSON.parse(readFileSync(golden('manifest.json'), 'utf8')).metrics;
    const model = await loadClassifier(golden('vgg', 'model_bn.onnx'));
    try {
      const inputs = await array('metrics', 'x8.npy');
      const targets = (await array('metrics', 'y8.npy')).data;
      const noise = await array('metrics', 'robust_noise.npy');
      const explain: Scored['explain'] = async (x, target) =>
        (await attribute(model, 'gradient', x, [target], { absolute: true })).map;
      const [count, draws] = noise.shape as [number, number];
      const flat = tensor(noise.data, [count * draws, 4096]);
      const ours = {
        sensitivity_max: [],
        MaxSensitivity: [],
        AvgSensitivity: [],
        LocalLipschitzEstimate: [],
      } as Record<string, number[]>;
      for (let n = 0; n < count; n++) {
        const x = rows(inputs, n, n + 1);
        const scored: Scored = { map: x, input: x, target: targets[n]!, explain, seed: 0, run: quietly };
        const changes = Array.from(
          { length: draws },
          (_, i) => rows(flat, n * draws + i, n * draws + i + 1).data,
        );
        const moves = await explainChanged(scored, changes);
        const parts = moves.map(({ map, from }) => map / from);
        ours.sensitivity_max!.push(Math.max(...parts));
        ours.MaxSensitivity!.push(Math.max(...parts));
        ours.AvgSensitivity!.push(parts.reduce((a, b) => a + b, 0) / draws);
        ours.LocalLipschitzEstimate!.push(Math.max(...moves.map(({ map, input: moved }) => map / moved)));
      }
      const lines: string[] = [];
      for (const { metric, library, params, value } of stored) {
        const values = ours[metric];
        // There the maps are first scaled by their greatest values, which this metric does not do.
        if (values === undefined || params.normalise === true) continue;
        const gap = Math.max(...values.map((v, i) => Math.abs(v - value[i]) / value[i]));
        lines.push(`${metric} of ${library} | ${gap.toExponential(1)}`);
        expect(gap).toBeLessThan(1e-4);
      }
      console.log(lines.join('\n'));
      expect(lines.length).toBe(4);
    } finally {
      await model.engine.dispose();
    }
  });
});
