import { afterAll, describe, expect, it } from 'vitest';
import { attribute } from '../attribution/attribute.js';
import { seededRandom } from '../base/random.js';
import { quietly } from '../base/run.js';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { recording } from '../engine/recording.js';
import { classifierOf } from '../model/load.js';
import { predict } from '../model/predict.js';
import { rows, type Tensor, tensor } from '../tensor/tensor.js';
import { tinyModel } from '../testing/tiny-model.js';
import type { Metric } from './metric/metric.js';
import { metrics } from './registry.js';
import { scoreMap } from './score.js';

const cpu = onnxRuntime('cpu', 1);
afterAll(() => cpu.dispose());

const random = seededRandom('one shape');
const uniform = (...shape: number[]): Tensor =>
  tensor(
    Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => random.uniform()),
    shape,
  );
const mask = tensor(
  Uint8Array.from({ length: 64 }, (_, i) => (i % 8 < 4 && i < 32 ? 1 : 0)),
  [8, 8],
);

describe('on a GPU a program sees one shape', () => {
  it.each(Object.values<Metric>(metrics).map((metric) => [metric.name, metric] as const))(
    '%s',
    async (_, metric) => {
      // So little memory that many rows take several runs.
      const gpu = recording({ ...cpu, freeMemory: () => 2 ** 18 }, 'cuda');
      const model = await classifierOf(tinyModel(), 'tiny', { engine: gpu });
      gpu.runs.length = 0;
      await scoreMap(metric, {
        ...{ map: uniform(8, 8), mask, input: uniform(1, 1, 8, 8), target: 0, seed: 7, run: quietly },
        ...{ anatomy: mask, body: mask, artefacts: mask, shuffled: model, again: [model] },
        others: [0, 1, 1].map((other) => ({ input: uniform(1, 1, 8, 8), target: other })),
        ...(metric.needs.includes('network') && { model }),
        predict: (input) => predict(model, input),
        explain: async (at) => {
          const { map } = await attribute(model, 'gradient', at, Array(at.shape[0]).fill(0));
          return tensor(rows(map, 0, 1).data, [8, 8]);
        },
      });
      const shapes = new Map(gpu.runs.map(({ program, shapes }) => [program, shapes]));
      expect(gpu.runs.filter((run) => shapes.get(run.program) !== run.shapes)).toEqual([]);
    },
  );
});
