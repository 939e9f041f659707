import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { GivenOptions } from '../base/options.js';
import { seededRandom } from '../base/random.js';
import type { Engine } from '../engine/engine.js';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { type RecordedRun, type Recording, recording } from '../engine/recording.js';
import { buildNetwork } from '../model/architectures/architecture.js';
import { architectureOf } from '../model/architectures/registry.js';
import type { Classifier } from '../model/classifier.js';
import { classifierOf } from '../model/load.js';
import { predict } from '../model/predict.js';
import { sizeOf } from '../tensor/tensor.js';
import { networks } from '../testing/networks/index.js';
import { normalFrom } from '../testing/normal.js';
import { tinyVit } from '../testing/tiny-vit.js';
import { attribute } from './attribute.js';
import { methods } from './index.js';
import type { Method } from './method.js';
import { relevanceReport } from './relevance/report.js';

vi.setConfig({ testTimeout: 60_000 });
const cpu = onnxRuntime('cpu', 1);
/** A GPU's engine by its name, with as little memory as leaves four samples of a tiny network in one run. */
const little = (engine: Engine): Engine => ({ ...engine, freeMemory: () => 2 ** 20 });
const gpu = recording(little(cpu), 'cuda');
afterAll(() => cpu.dispose());
beforeEach(() => {
  gpu.runs.length = 0;
});

const normal = normalFrom('one shape');
/** The least work of a method, and the arrays that it cannot do without. */
function leastOf({ options }: Method, shape: readonly number[]): GivenOptions {
  const [, height, width] = shape as [number, number, number];
  const meanMask = { data: new Float32Array(height * width).fill(0.5), shape: [1, 1, height, width] };
  const least = { samples: 10, masks: 6, steps: 6, data: normal(24, ...shape), meanMask };
  return Object.fromEntries(Object.entries(least).filter(([name]) => name in options));
}

/** Methods that explain networks of layers, rectifiers and pooling alone. */
const layered = ['patternnet', 'patternattribution'];

/** A network of prototypes, which only methods of their family explain. */
const prototypes = () =>
  buildNetwork(
    architectureOf('protopnet'),
    [3, 16, 16],
    2,
    { backbone: 'cnn', prototypes: 2, depth: 8 },
    seededRandom('prototypes'),
  );

/** The programs that saw more than one shape. */
function uneven(runs: readonly RecordedRun[]): string[] {
  const seen = new Map<number, Set<string>>();
  for (const { program, shapes } of runs) seen.set(program, (seen.get(program) ?? new Set()).add(shapes));
  return [...seen.values()].filter(({ size }) => size > 1).map((shapes) => [...shapes].join(' | '));
}

describe('on a GPU a program sees one shape', () => {
  const models = { dense: networks.dense!, vit: tinyVit, prototypes };
  describe.each(Object.entries(models))('%s', (name, network) => {
    const loaded = classifierOf(network(), name, { engine: gpu });
    const reference = classifierOf(network(), name, { engine: cpu, precision: 'float32' });
    const takes = ({ family, name: own }: Method) => {
      if (family === 'prototype' || network === prototypes)
        return family === 'prototype' && network === prototypes;
      return network === tinyVit ? !layered.includes(own) : family !== 'attention';
    };
    it.each(
      Object.values<Method>(methods)
        .filter(takes)
        .map((method) => [method.name, method] as const),
    )('%s', async (_, method) => {
      const { shape } = (await loaded).input;
      const input = normal(5, ...shape);
      const options = leastOf(method, shape);
      const targets = [0, 1, 0, 1, 0];
      const explain = (model: Classifier) => attribute(model, method.name, input, targets, options);
      const wanted = await explain(await reference);
      gpu.runs.length = 0;
      const found = await explain(await loaded);
      expect(uneven(gpu.runs)).toEqual([]);
      const scale = Math.max(...wanted.map.data.map(Math.abs));
      for (const [i, value] of wanted.map.data.entries()) {
        expect(Math.abs(found.map.data[i]! - value)).toBeLessThan(1e-3 * scale + 1e-6);
      }
    });
  });

  it('the relevance report', async () => {
    const report = async (engine: Engine) => {
      const model = await classifierOf(networks.dense!(), 'dense', { engine, precision: 'float32' });
      gpu.runs.length = 0;
      return relevanceReport(model, images, [0, 1, 0, 1, 0], { composite: 'epsilon-plus' });
    };
    const images = normal(5, 3, 8, 8);
    const [wanted, found] = [await report(cpu), await report(gpu)];
    expect(gpu.runs.length).toBeGreaterThan(1);
    expect(uneven(gpu.runs)).toEqual([]);
    expect(found.map(({ node }) => node)).toEqual(wanted.map(({ node }) => node));
    for (const [i, { passed }] of found.entries())
      for (const [row, value] of passed.entries()) expect(value).toBeCloseTo(wanted[i]!.passed[row]!, 3);
  });

  it('predict', async () => {
    const model = await classifierOf(networks.dense!(), 'dense', { engine: gpu });
    const input = normal(11, ...model.input.shape);
    gpu.runs.length = 0;
    const outputs = await predict(model, input);
    expect(outputs.shape[0]).toBe(11);
    expect(gpu.runs.length).toBeGreaterThan(1);
    expect(uneven(gpu.runs)).toEqual([]);
  });
});

const wide = (engine: Engine) =>
  classifierOf(buildNetwork(architectureOf('cnn'), [1, 40, 40], 3, { width: 2 }, seededRandom(1)), 'cnn', {
    engine,
  });
const bytesOf = ({ runs }: Recording) => runs.reduce((sum, { bytes }) => sum + bytes, 0);

describe('over the border of a GPU', () => {
  it.each([['zero', 'gauss-legendre'] as const, ['mean', 'trapezoid-exact'] as const])(
    'integrated gradients send an image and receive a map: %s, %s',
    async (baseline, rule) => {
      const engine = recording(cpu, 'cuda');
      const model = await wide(engine);
      const { shape } = model.input;
      engine.runs.length = 0;
      const { residual } = await attribute(model, 'integrated-gradients', normal(1, ...shape), [1], {
        steps: 50,
        baseline,
        rule,
      });
      expect(residual).toHaveLength(1);
      const sent = engine.runs.reduce((sum, { bytes }) => sum + bytes, 0);
      expect(sent).toBeLessThan(3 * 4 * sizeOf(shape));
    },
  );

  it.each([
    ['smoothgrad', 1, 100_000, {}],
    ['smoothgrad-squared', 1, 100_000, {}],
    ['vargrad', 2, 100_000, {}],
    ['gradient-shap', 2, 130_000, { noise: 0.1 }],
  ] as const)(
    '%s sends its images, receives %i map of each, and %i bytes more',
    async (method, maps, bytes, own) => {
      const engine = recording(cpu, 'cuda');
      const model = await wide(engine);
      engine.runs.length = 0;
      const options = { samples: 50, ...own };
      await attribute(model, method, normal(4, ...model.input.shape), [0, 1, 0, 1], options);
      // For 200 copies of 6,400 bytes: keys of 50 draws, and the weights that mix images and noises.
      expect(bytesOf(engine)).toBeLessThan(4 * (1 + maps) * 4 * sizeOf(model.input.shape) + bytes);
    },
  );
});
