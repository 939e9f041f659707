import { afterAll, describe, expect, it, vi } from 'vitest';
import { SightlineError } from '../base/errors.js';
import type { GivenOptions } from '../base/options.js';
import { seededRandom } from '../base/random.js';
import { fallbacks } from '../engine/gpu/fallbacks.js';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { recording } from '../engine/recording.js';
import { classifierOf } from '../model/load.js';
import { sizeOf } from '../tensor/tensor.js';
import { networks } from '../testing/networks/index.js';
import { tinyVit } from '../testing/tiny-vit.js';
import { attribute } from './attribute.js';
import { methods } from './index.js';
import type { Method } from './method.js';

vi.setConfig({ testTimeout: 60_000 });
const cpu = onnxRuntime();
afterAll(() => cpu.dispose());

const less: Readonly<Record<string, unknown>> = { samples: 2, masks: 2, steps: 2 };

/** The least work of a method; with `all`, also each other value of each of its choices. */
function variants({ options }: Method, all: boolean): GivenOptions[] {
  const base = Object.fromEntries(Object.entries(less).filter(([name]) => name in options));
  const choices = Object.entries(options).flatMap(([name, option]) => {
    const given = /^one of (.*)/.exec(option.accepts)?.[1]?.split(', ') ?? [];
    return given.filter((value) => value !== option.default).map((value) => ({ ...base, [name]: value }));
  });
  return all ? [base, ...choices] : [base];
}

const { dense, mobile, inception, swin, keras } = networks;
const models = { dense, mobile, inception, swin, keras, vit: tinyVit };

describe.each(['cuda', 'webgpu'] as const)(
  'on %s no operator of a program is left to the CPU',
  (provider) => {
    it.each(Object.entries(models))('%s', async (name, network) => {
      const engine = recording(cpu, provider);
      const model = await classifierOf(network!(), name, { engine });
      const { shape } = model.input;
      const random = seededRandom(name);
      const input = {
        data: Float32Array.from({ length: sizeOf(shape) }, () => random.normal()),
        shape: [1, ...shape],
      };
      const left = new Set<string>();
      for (const method of Object.values<Method>(methods)) {
        engine.graphs.length = 0;
        for (const options of variants(
          method,
          provider === 'webgpu' && (network === mobile || network === tinyVit),
        )) {
          try {
            await attribute(model, method.name, input, [0], options);
          } catch (error) {
            if (!(error instanceof SightlineError)) throw error;
          }
        }
        for (const node of engine.graphs.flatMap((graph) => fallbacks(graph, provider))) {
          left.add(`${method.name}: ${node.op} '${node.name}'`);
        }
      }
      expect([...left]).toEqual([]);
    });
  },
);
