import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { attribute } from '../../attribution/attribute.js';
import { relevanceReport } from '../../attribution/relevance/report.js';
import type { GivenOptions } from '../../base/options.js';
import { seededRandom } from '../../base/random.js';
import { quietly } from '../../base/run.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import type { Graph } from '../../graph/graph.js';
import { formatOnnx } from '../../graph/write.js';
import { loadClassifier } from '../../model/load.js';
import { predict } from '../../model/predict.js';
import { difference, directions } from '../reference/differences.js';
import { interpret } from '../reference/interpret.js';
import { frozen } from './frozen.js';
import { aged, quirks } from './quirks.js';
import { styles } from './styles.js';

const engine = onnxRuntime();
const folder = mkdtempSync(join(tmpdir(), 'sightline-styles-'));
afterAll(async () => {
  await engine.dispose();
  rmSync(folder, { recursive: true });
});

const { chained, asConstants, shared, unnamed } = quirks;
const traced = (graph: Graph) => unnamed(asConstants(shared(chained(frozen(graph, 1)))));
const old = (graph: Graph) => asConstants(chained(aged(graph)));
const plain = (graph: Graph) => graph;

/**
 * How each is written, and what keeps relevance where no bias does: constants, and layers that see nothing
 * but zeros.
 */
const table: Readonly<Record<string, readonly [(graph: Graph) => Graph, ...string[]]>> = {
  shuffle: [traced, 'Conv'],
  reused: [old],
  ghost: [old],
  splitAttention: [traced],
  standardised: [plain, 'GroupNormalization'],
  layerScale: [old, 'Add'],
  cosine: [traced, 'Add', 'Softmax'],
  einsum: [plain, 'Softmax'],
  gates: [old],
  resolutions: [plain],
  generalisedMean: [traced],
  scales: [old],
  pooling: [traced],
  constants: [plain, 'Mean', 'Pad', 'Sum'],
  classMaps: [old, 'LogSoftmax'],
};

const shape = [2, 3, 8, 8];
const targets = [1, 2];

describe.each(Object.keys(styles))('a network in the style of %s', (name) => {
  const graph = styles[name]!();
  const [written, ...keeping] = table[name]!;
  const path = join(folder, `${name}.onnx`);
  writeFileSync(path, formatOnnx(written(graph)));
  const loaded = loadClassifier(path, { engine });
  const random = seededRandom(name);
  const data = Float32Array.from({ length: 384 }, () => random.normal());
  const input = { data, shape };
  const feeds = { input: { data: Float64Array.from(data), shape } };
  const logits = interpret(graph, feeds).get('logits')!;
  const outputs = targets.map((target, row) => logits.data[row * 3 + target]!);
  const explain = async (method: string, options: GivenOptions = {}) =>
    attribute(await loaded, method, input, targets, options);

  it("gives the specification's values and finite differences' gradients", async () => {
    const model = await loaded;
    const got = await predict(model, input, quietly);
    for (const [i, value] of got.data.entries()) expect(value).toBeCloseTo(logits.data[i]!, 5);
    const { map } = await explain('gradient');
    const seeds = { logits: { data: Float64Array.of(0, 1, 0, 0, 0, 1), shape: [2, 3] } };
    const largest = Math.max(...map.data.map(Math.abs));
    const errors = directions(data.length, random).map((direction) => {
      const along = map.data.reduce((sum, slope, i) => sum + slope * direction[i]!, 0);
      const error = along - difference(graph, feeds, seeds, 'input', direction);
      return Math.abs(error) / (largest * Math.hypot(...direction));
    });
    // One of the long steps may cross a kink.
    expect(errors.toSorted((a, b) => b - a)[1]).toBeLessThan(1e-6);
  });

  it('is explained completely', async () => {
    for (const rule of ['rescale', 'reveal-cancel']) {
      const { map, residual } = await explain('deeplift', { rule, baseline: 'mean' });
      const size = Math.hypot(...map.data);
      expect(size).toBeGreaterThan(0);
      for (const rest of residual!) expect(Math.abs(rest)).toBeLessThan(1e-6 * (1 + size));
    }
    const { residual } = await explain('fullgrad');
    for (const [row, rest] of residual!.entries()) {
      expect(Math.abs(rest)).toBeLessThan(1e-6 * (1 + Math.abs(outputs[row]!)));
    }
  });

  it('loses relevance to nothing else', async () => {
    const options = { composite: 'gamma', zeroBias: true } as const;
    const report = await relevanceReport(await loaded, input, targets, options);
    const lost = report.filter(({ received, passed }) =>
      received.some((value, row) => Math.abs(value - passed[row]!) > 1e-3),
    );
    expect([...new Set(lost.map(({ operator }) => operator))].sort()).toEqual(keeping);
  });

  it('has finite maps where relevance ignores the input, and where it is rectified', async () => {
    const given = [
      ...['wsquare', 'alpha2-beta1', 'epsilon-gamma-box'].map((composite) => ['lrp', { composite }] as const),
      ...['excitation-backprop', 'guided-backprop', 'gradcam'].map((m) => [m, {}] as const),
    ];
    for (const [method, options] of given) {
      const { map } = await explain(method, options);
      expect([method, options, map.data.every(Number.isFinite)]).toEqual([method, options, true]);
    }
  });
});
