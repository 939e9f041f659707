import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { attribute } from '../../attribution/attribute.js';
import { seededRandom } from '../../base/random.js';
import { quietly } from '../../base/run.js';
import { loadClassifier } from '../../model/load.js';
import { distance, norm } from '../../tensor/norm.js';
import { readNpy } from '../../tensor/npy.js';
import { rows, type Tensor, tensor, toFloat32 } from '../../tensor/tensor.js';
import { sharedIsThere, sharedPath } from '../../testing/shared.js';
import type { Scored } from '../metric/metric.js';
import { byMagnitude } from '../metric/similarity.js';
import { scoreMap } from '../score.js';
import { acquisitions, inverseOf } from './acquisition.js';
import { explainInputs } from './neighbours.js';

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

  it.each(['max-sensitivity', 'average-sensitivity'])(
    '%s says where the radius hardly changes the input',
    async (name) => {
      const bytes = tensor(Float32Array.of(0, 90, 200, 255), [1, 1, 2, 2]);
      const of = { ...scoredBy(async (x) => ({ data: x.data, shape: [2, 2] })), input: bytes };
      expect((await scoreMap(name, of)).note).toMatch(
        /^the radius of 0.02 is less than 0.2 % .*option radius/,
      );
      expect((await scoreMap(name, of, { radius: 2 })).note).toBeUndefined();
    },
  );

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

  it.each([
    ['max-sensitivity', (moved: readonly number[]) => Math.max(...moved)],
    ['average-sensitivity', (moved: readonly number[]) => moved.reduce((sum, one) => sum + one, 0) / 7],
  ] as const)('%s is that of the maps of inputs with uniform noise', async (name, over) => {
    const explained = (x: ArrayLike<number>) =>
      Array.from(x, (v, i) => Math.sin(3 * v) + v * x[(i + 1) % x.length]!);
    const explain: Scored['explain'] = async (x) => tensor(Float32Array.from(explained(x.data)), [2, 2]);
    const random = seededRandom(1).fork('neighbours');
    const length = (values: readonly number[]) => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0));
    const own = explained(input.data);
    const moved = Array.from({ length: 7 }, () => {
      const other = explained(Array.from(input.data, (v) => v + 0.3 * (2 * random.uniform() - 1)));
      return length(other.map((v, i) => v - own[i]!)) / length(own);
    });
    const { value } = await scoreMap(name, scoredBy(explain), { samples: 7, radius: 0.3 });
    expect(value).toBeCloseTo(over(moved), 5);
  });

  it('is undefined where there is no map to move from', async () => {
    const nothing = scoredBy(async () => tensor(new Float32Array(4), [2, 2]));
    expect((await scoreMap('max-sensitivity', nothing)).reason).toMatch(/0 everywhere/);
  });
});

describe('relative stability', () => {
  const outputs: Scored['predict'] = async ({ data, shape }) =>
    tensor(
      Float32Array.from({ length: 2 * shape[0]! }, (_, i) => (i % 2 ? 0 : data[i * 2]! + 9)),
      [shape[0]!, 2],
    );

  it('of a linear explanation is one over the input, and more over the output', async () => {
    const linear = { ...scoredBy(async (x) => ({ data: x.data, shape: [2, 2] })), predict: outputs };
    expect((await scoreMap('relative-input-stability', linear)).value).toBeCloseTo(1, 3);
    expect((await scoreMap('relative-output-stability', linear)).value).toBeGreaterThan(1);
  });

  it('leaves out changes of the predicted class', async () => {
    const never: Scored['predict'] = async ({ data }) =>
      tensor(Float32Array.of(data[0] === 1 ? 1 : 0, 0.5), [1, 2]);
    const scored = { ...scoredBy(async (x) => ({ data: x.data, shape: [2, 2] })), predict: never };
    expect((await scoreMap('relative-input-stability', scored)).reason).toMatch(/another predicted class/);
  });
});

describe('other images of the same scene', () => {
  const size = 24;
  const scene = tensor(
    Float32Array.from({ length: size * size }, (_, p) => {
      const [y, x] = [Math.floor(p / size), p % size];
      return 0.2 + 0.6 * Math.exp(-((y - 9) ** 2 + (x - 13) ** 2) / 20);
    }),
    [1, 1, size, size],
  );
  const scored = (explain: NonNullable<Scored['explain']>): Scored => ({
    map: tensor(scene.data, [size, size]),
    input: scene,
    target: 0,
    explain,
    seed: 1,
    run: quietly,
  });

  it('a map that follows the scene stays, one that stays in place does not', async () => {
    const follows = scored(async (x) => ({ data: x.data, shape: [size, size] }));
    const still = scored(async () => tensor(scene.data, [size, size]));
    for (const change of ['shift', 'rotation'] as const) {
      const pearson = { change, similarity: 'pearson' } as const;
      const [right, wrong] = [
        (await scoreMap('acquisition-stability', follows, pearson)).value,
        (await scoreMap('acquisition-stability', still, pearson)).value,
      ];
      expect(right).toBeGreaterThan(0.98);
      expect(right).toBeGreaterThan(wrong);
    }
    expect((await scoreMap('acquisition-stability', follows)).value).toBeGreaterThan(0.9);
  });

  it('every movement is undone by its inverse', () => {
    for (const { moves } of acquisitions) {
      if (!moves) continue;
      const affine = moves({ width: 40, height: 30 });
      const [a, b, c, d, e, f] = inverseOf(affine);
      const [p, q, r, s, t, u] = affine;
      expect([a * p + b * s, a * q + b * t, a * r + b * u + c].map((v) => v + 1)).toEqual(
        [2, 1, 1].map((v) => expect.closeTo(v, 9)),
      );
      expect([d * p + e * s, d * q + e * t, d * r + e * u + f].map((v) => v + 1)).toEqual(
        [1, 2, 1].map((v) => expect.closeTo(v, 9)),
      );
    }
  });

  it('continuity of an explanation by the image is its change in both norms', async () => {
    const follows = scored(async (x) => ({ data: x.data, shape: [size, size] }));
    const { value } = await scoreMap('continuity', follows, { steps: 1 });
    const moved = Float32Array.from(scene.data, (_, p) =>
      p % size === size - 1 ? scene.data[p]! : scene.data[p + 1]!,
    );
    const change = scene.data.map((v, p) => v - moved[p]!);
    expect(value).toBeCloseTo(change.reduce((sum, v) => sum + Math.abs(v), 0) / norm(change), 4);
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
      const scaled: number[] = [];
      for (let n = 0; n < count; n++) {
        const x = rows(inputs, n, n + 1);
        const scored: Scored = { map: x, input: x, target: targets[n]!, explain, seed: 0, run: quietly };
        const changed = Array.from({ length: draws }, (_, i) => {
          const change = rows(flat, n * draws + i, n * draws + i + 1).data;
          return { data: x.data.map((v, p) => v + change[p]!), shape: x.shape };
        });
        const { own, others } = await explainInputs(scored, changed);
        const parts = others.map(({ map }) => distance(map, own) / norm(own.data));
        ours.sensitivity_max!.push(Math.max(...parts));
        ours.MaxSensitivity!.push(Math.max(...parts));
        ours.AvgSensitivity!.push(parts.reduce((a, b) => a + b, 0) / draws);
        const ratios = (read: (map: Tensor) => Tensor) =>
          Math.max(...others.map(({ input, map }) => distance(read(map), read(own)) / distance(input, x)));
        ours.LocalLipschitzEstimate!.push(ratios((map) => map));
        scaled.push(ratios(byMagnitude));
      }
      const lines: string[] = [];
      for (const { metric, library, params, value } of stored) {
        const values = params.normalise === true ? scaled : ours[metric];
        if (!(metric in ours)) continue;
        const gap = Math.max(...values!.map((v, i) => Math.abs(v - value[i]) / value[i]));
        lines.push(`${metric} of ${library} | ${gap.toExponential(1)}`);
        expect(gap).toBeLessThan(1e-4);
      }
      console.log(lines.join('\n'));
      expect(lines.length).toBe(5);
    } finally {
      await model.engine.dispose();
    }
  });
});
