import { afterAll, describe, expect, it, vi } from 'vitest';
import { SightlineError } from '../base/errors.js';
import { type GivenOptions, number } from '../base/options.js';
import { seededRandom } from '../base/random.js';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { buildNetwork } from '../model/architectures/architecture.js';
import { architectureOf } from '../model/architectures/registry.js';
import { classifierOf, type LoadOptions } from '../model/load.js';
import { predict } from '../model/predict.js';
import { rows, sizeOf, type Tensor } from '../tensor/tensor.js';
import { attribute, type Explained } from './attribute.js';
import { methodOf, methods } from './index.js';
import { type Method, method as ownMethod } from './method.js';

vi.setConfig({ testTimeout: 60_000 });
const engine = onnxRuntime();
afterAll(() => engine.dispose());

const shape = [1, 16, 16] as const;
const made = (architecture: string, options: GivenOptions, load: LoadOptions = {}) => {
  const graph = buildNetwork(architectureOf(architecture), shape, 3, options, seededRandom(architecture));
  // Untrained biases are 0, which would leave methods that use biases untested.
  for (const [name, { data }] of graph.initializers) {
    if (name.endsWith('.bias')) for (let i = 0; i < data.length; i++) data[i] = 0.1 * Math.sin(i + 1);
  }
  return classifierOf(graph, architecture, { engine, ...load });
};
const models = {
  cnn: made('cnn', { width: 4, depth: 2 }),
  vit: made('vit-tiny', { patch: 4, width: 12, heads: 3, depth: 2 }),
  protopnet: made('protopnet', { backbone: 'cnn', prototypes: 2, depth: 8 }),
};
type ModelName = keyof typeof models;

const random = seededRandom('contract');
const input: Tensor = {
  data: Float32Array.from({ length: 2 * sizeOf(shape) }, () => random.normal()),
  shape: [2, ...shape],
};
const targets = [2, 0];

/** Smaller settings for the methods that draw samples. */
const less: Readonly<Record<string, unknown>> = { samples: 12, masks: 12, steps: 5, segments: '2,3' };
const sparing = ({ options }: Method): GivenOptions =>
  Object.fromEntries(Object.entries(less).filter(([name]) => name in options));
const isRandom = ({ options, name }: Method) =>
  'samples' in options || 'masks' in options || name.startsWith('random');

const relativeError = (got: Tensor, want: Tensor) => {
  const size = ({ data }: Tensor) => Math.hypot(...data);
  return size({ ...got, data: got.data.map((v, i) => v - want.data[i]!) }) / (size(want) || 1);
};

const explain = async (
  method: Method,
  model: ModelName,
  { x = input, of = targets, seed = 1 }: { x?: Tensor; of?: readonly number[]; seed?: number } = {},
) => attribute(await models[model], method, x, of, sparing(method), { seed });

/** The explanation, or the error when the method does not support the model. */
async function outcome(method: Method, model: ModelName): Promise<Explained | SightlineError> {
  try {
    return await explain(method, model);
  } catch (error) {
    if (error instanceof SightlineError) return error;
    throw error;
  }
}

/** A user-defined method: the output times the input magnitude to the power of an option. */
const sizeShare = ownMethod({
  name: 'size-share',
  family: 'perturbation',
  doc: 'The output, shared out by the size of the input values.',
  paper: { authors: 'nobody', year: 2026, title: 'this test', id: 'none' },
  options: { power: number({ doc: 'what the sizes are raised to', default: 1, min: 0 }) },
  maps: 'input',
  async attribute({ model, input, targets, options, run }) {
    const outputs = await predict(model, input, run);
    const [size, classes] = [input.data.length / targets.length, outputs.shape[1]!];
    const data = input.data.map((value, i) => {
      const row = Math.floor(i / size);
      return Math.abs(value) ** options.power * outputs.data[row * classes + targets[row]!]!;
    });
    return { map: { data, shape: input.shape }, evaluations: { forward: 1, backward: 0 } };
  },
});

const every = [...Object.values<Method>(methods), sizeShare].map((method) => [method.name, method] as const);

describe.each(every)('method %s', (name, method) => {
  const kinds = method.family === 'prototype' ? (['protopnet', 'cnn'] as const) : (['cnn', 'vit'] as const);
  const outcomes = new Map<ModelName, Promise<Explained | SightlineError>>();
  const outcomeOf = (model: ModelName) => {
    const found = outcomes.get(model) ?? outcome(method, model);
    outcomes.set(model, found);
    return found;
  };

  it('declares its name, family, doc and options', () => {
    expect(name).toMatch(/^[a-z0-9+-]+$/);
    expect(method.doc).toMatch(/^[A-Z].*\.$/);
    if (method.family !== 'baseline') expect(method.paper?.id).toMatch(/\S/);
    for (const [option, { doc, accepts }] of Object.entries(method.options)) {
      expect(option).toMatch(/^[a-z]+[A-Za-z]*$/);
      expect([option, doc.length > 0, accepts.length > 0]).toEqual([option, true, true]);
    }
  });

  it('explains one of two networks, and rejects the other in one line', async () => {
    const found = await Promise.all(kinds.map(outcomeOf));
    for (const refused of found.filter((one) => one instanceof SightlineError)) {
      expect(['unsupported', 'usage']).toContain(refused.kind);
      expect(refused.message).toMatch(/^[^\n]{10,}$/);
    }
    const asksForOption = found.some(
      (one) => one instanceof SightlineError && one.message.includes('option'),
    );
    expect(asksForOption || found.some((one) => !(one instanceof SightlineError))).toBe(true);
  });

  describe.each(kinds)('on a %s', (model) => {
    it('gives a finite map of the declared shape and keeps the input', async () => {
      const before = input.data.slice();
      const found = await outcomeOf(model);
      if (found instanceof SightlineError) return;
      const { map, evaluations, residual } = found;
      if (method.maps === 'input') expect(map.shape).toEqual(input.shape);
      else expect([map.shape.length, map.shape[0], map.shape[1]]).toEqual([4, 2, 1]);
      expect(map.data.length).toBe(sizeOf(map.shape));
      expect(map.data.every(Number.isFinite)).toBe(true);
      expect(Math.min(evaluations.forward, evaluations.backward)).toBeGreaterThanOrEqual(0);
      if (residual) expect([residual.length, residual.every(Number.isFinite)]).toEqual([2, true]);
      expect(input.data).toEqual(before);
    });

    it('says what the model gives for inputs and baselines where it compares them', async () => {
      const found = await outcomeOf(model);
      if (found instanceof SightlineError) return;
      const fades = method.name === 'rise' || method.name === 'scorecam';
      const compares = fades || 'baseline' in method.options || 'baselines' in method.options;
      if (compares) expect(found.compared).toBeDefined();
      if (!found.compared) return;
      const outputs = await predict(await models[model], input);
      for (const [row, target] of targets.entries())
        expect(found.compared.input[row]).toBeCloseTo(outputs.data[row * 3 + target]!, 4);
      expect(found.compared.baseline.map(Number.isFinite)).toEqual([true, true]);
    });

    it('gives the same maps for a batch as for its samples', async () => {
      const found = await outcomeOf(model);
      if (found instanceof SightlineError) return;
      for (const row of [0, 1]) {
        const alone = await explain(method, model, { x: rows(input, row, row + 1), of: [targets[row]!] });
        expect(relativeError(rows(found.map, row, row + 1), alone.map)).toBeLessThan(1e-4);
      }
    });

    it('is reproducible by seed, and varies with the seed if it is random', async () => {
      const found = await outcomeOf(model);
      if (found instanceof SightlineError) return;
      const again = await explain(method, model);
      expect(again.map).toEqual(found.map);
      const other = await explain(method, model, { seed: 2 });
      expect(relativeError(other.map, found.map) > 0).toBe(isRandom(method));
    });
  });

  it('names an unknown option, the nearest one and accepted values', async () => {
    const asked = (options: GivenOptions) =>
      models.cnn.then((model) => attribute(model, method, input, targets, options));
    const [known] = Object.keys(method.options);
    const hint = known ? `did you mean '` : '(known: none)';
    await expect(asked({ [`${known ?? 'any'}x`]: 1 })).rejects.toMatchObject({ kind: 'usage' });
    await expect(asked({ [`${known ?? 'any'}x`]: 1 })).rejects.toThrow(hint);
    for (const [option, { accepts }] of Object.entries(method.options)) {
      const bad = asked({ [option]: {} });
      await expect(bad).rejects.toMatchObject({ kind: 'usage' });
      await expect(bad).rejects.toThrow(`option '${option}' of method ${name} got {}; it takes ${accepts}`);
    }
  });

  it('rejects targets out of range, too few targets and wrong shapes', async () => {
    const model = await models.cnn;
    const wrong = (x: Tensor, of: readonly number[]) => expect(attribute(model, method, x, of)).rejects;
    await wrong(input, [0, 3]).toThrow("target 3 is out of range; the model's outputs are 0 to 2");
    await wrong(input, [0]).toThrow('1 targets were given for 2 samples');
    const turned = { data: input.data, shape: [2, 16, 16, 1] };
    await wrong(turned, targets).toThrow('the input has shape [2,16,16,1]; the model takes [N,1,16,16]');
  });
});

it('a method can be given by name or by value', async () => {
  for (const one of Object.values<Method>(methods)) expect(methodOf(one.name)).toBe(one);
  const model = await models.cnn;
  const [named, given] = await Promise.all([
    attribute(model, 'gradient', input, targets),
    attribute(model, methods.gradient, input, targets),
  ]);
  expect(given).toEqual(named);
});

it('rejects an own method with a registered or invalid name', async () => {
  const called = async (name: string) =>
    attribute(await models.cnn, ownMethod({ ...sizeShare, name }), input, targets);
  await expect(called('lrp')).rejects.toThrow("there is a method 'lrp' already; give your own another name");
  await expect(called('a/b')).rejects.toThrow("a method can't be called 'a/b'");
});
