import { describe, expect, it } from 'vitest';
import {
  type Array64,
  array64,
  broadcastAt,
  broadcastShape,
  indices,
  map,
  positive,
  scalar64,
} from '../../testing/reference/arrays.js';
import { kernels } from '../../testing/reference/interpret.js';
import { all, type Inputs, type Trial, trialsOf } from '../../testing/reference/trials.js';
import { intOf, ints } from '../attributes.js';
import type { Node } from '../graph.js';
import { catalogue } from './catalogue.js';
import { type Operator, type OperatorName, operatorNames } from './index.js';

const run = (node: Node, inputs: Inputs) => kernels[node.op]!(inputs, node);
const first = ({ node }: Trial, inputs: Inputs) => run(node, inputs)[0]!;

/** The operator as a function of one number, the first element of every other input kept. */
const functionOf =
  ({ node, inputs }: Trial) =>
  (value: number) => {
    const given = inputs.map((input, i) => input && scalar64(i === 0 ? value : input.data[0]!));
    return run(node, given)[0]!.data[0]!;
  };

const grid = (from: number, to: number, step: number) =>
  Array.from({ length: Math.round((to - from) / step) + 1 }, (_, i) => from + i * step);

function close(a: Array64, b: Array64, tolerance = 1e-9): boolean {
  const scale = Math.max(1e-3, ...a.data.map(Math.abs), ...b.data.map(Math.abs));
  return (
    a.shape.join() === b.shape.join() && a.data.every((v, i) => Math.abs(v - b.data[i]!) <= tolerance * scale)
  );
}

const combine = (a: number, one: Array64, b: number, other: Array64): Array64 => ({
  ...one,
  data: one.data.map((value, i) => a * value + b * other.data[i]!),
});

/** Whether the output is linear in the inputs at `places` together. */
function isLinear(trial: Trial, places: readonly number[], count = trial.inputs.length): boolean {
  const { inputs, others } = trial;
  const given = inputs.slice(0, count);
  const withOthers = given.map((input, i) => (places.includes(i) ? others[i] : input));
  const mixed = given.map((input, i) => (places.includes(i) ? combine(2, input!, -3, others[i]!) : input));
  const [y, z] = [first(trial, given), first(trial, withOthers)];
  return close(first(trial, mixed), combine(2, y, -3, z));
}

const absolute = (inputs: Inputs, which: (i: number) => boolean): Inputs =>
  inputs.map((input, i) => (input && which(i) ? map(input, Math.abs) : input));
const isPositive = (values: readonly Array64[]) =>
  values.every(({ data }) => data.every((v) => v >= 0 || Number.isNaN(v)));

const sorted = (...arrays: readonly Array64[]) =>
  arrays.flatMap(({ data }) => [...data]).sort((a, b) => a - b);

/** The third derivative, by differences. */
const third = (f: (value: number) => number, at: number, h = 1e-3) =>
  (f(at + 2 * h) - 2 * f(at + h) + 2 * f(at - h) - f(at - 2 * h)) / (2 * h ** 3);

const curves: Readonly<Record<NonNullable<Operator['curve']>, (f: (value: number) => number) => boolean>> = {
  smooth: (f) => grid(-6, 1.5, 1e-3).every((at) => Math.abs(third(f, at)) < 6),
  pieces: (f) => grid(-6, 1.5, 1e-3).some((at) => Math.abs(third(f, at)) > 20),
  poles: (f) => grid(-6, 1.5, 1e-3).some((at) => Math.abs(f(at)) > 100),
  power: (f) =>
    grid(0.3, 3, 1e-2).every((at) => {
      const slope = (f(at + 1e-4) - f(at - 1e-4)) / 2e-4;
      return Math.abs(third(f, at)) * at ** 2 <= 13 * Math.abs(slope) + 1e-6;
    }),
  steps: (f) => {
    const changes = grid(-6, 1.5, 1e-3).filter((at) => f(at) !== f(at + 1e-3));
    return changes.length > 0 && changes.length < 20;
  },
};

type Claims = {
  readonly [P in keyof Operator]-?:
    | ((trial: Trial, value: NonNullable<Operator[P]>) => boolean)
    | 'no number';
};

/** Whether what the catalogue says is so in a trial. */
const claims: Claims = {
  pointwise(trial, value) {
    const given = trial.inputs.flatMap((input) => input ?? []);
    const y = first(trial, trial.inputs);
    if (value !== 'any' && trial.inputs.length > value) return false;
    if (y.shape.join() !== broadcastShape(given.map(({ shape }) => shape)).join()) return false;
    return indices(y.shape).every((index, i) => {
      const alone = trial.inputs.map((input) => input && scalar64(broadcastAt(input, index)));
      return Object.is(run(trial.node, alone)[0]!.data[0], y.data[i]);
    });
  },
  curve: (trial, value) => curves[value](functionOf(trial)),
  zeroAtZero: (trial) => functionOf(trial)(0) === 0,
  saturates(trial) {
    const { node, inputs } = trial;
    if (node.op === 'Clip' && (!inputs[1] || !inputs[2])) return true;
    if (node.op !== 'Softmax') {
      const values = [-1e12, ...grid(-50, 50, 0.1), 1e12].map(functionOf(trial));
      return values.every((v, i) => Math.abs(v) < 20 && v >= (values[i - 1] ?? v) - 1e-12);
    }
    const [given] = inputs as [Array64];
    const y = first(trial, inputs);
    return y.data.every((v, i) => {
      const raised = first(trial, [{ ...given, data: given.data.with(i, given.data[i]! + 1) }]);
      return v <= 1 && raised.data[i]! >= v;
    });
  },
  homogeneous(trial) {
    const scaled = trial.inputs.map((input, i) => (i === 0 ? map(input!, (v) => 2.5 * v) : input));
    return close(
      first(trial, scaled),
      map(first(trial, trial.inputs), (v) => 2.5 * v),
    );
  },
  linear(trial, value) {
    const { inputs, drawn, node } = trial;
    if (value === 'first') return isLinear(trial, [0]);
    const places = inputs.flatMap((input, i) => (input ? [i] : []));
    if (value === 'all')
      return isLinear(
        trial,
        places.filter((i) => drawn[i]),
      );
    const count = 'bias' in catalogue[node.op as OperatorName] ? 2 : inputs.length;
    return [0, 1].every((i) => !drawn[i] || isLinear(trial, [i], count));
  },
  nonNegative({ node, inputs, others, drawn }, value) {
    const outputs = (given: Inputs) => run(node, given).slice(0, node.op === 'Split' ? undefined : 1);
    const which = {
      always: [],
      'of-first': [[0]],
      'of-all': [inputs.map((_, i) => i)],
      'of-any': inputs.map((_, i) => [i]),
    };
    const sets: readonly (readonly number[])[] = value === 'always' ? [[]] : which[value];
    const own = sets.filter((set) =>
      set.every((i) => drawn[i] || inputs[i]!.data.every((v) => v >= 0) || value === 'of-all'),
    );
    return [inputs, others].every((given) =>
      own.every((set) => isPositive(outputs(absolute(given, (i) => set.includes(i))))),
    );
  },
  moves({ node, inputs }, value) {
    const [given] = inputs as [Array64];
    const outputs = run(node, inputs).slice(0, node.outputs.length);
    const parts = sorted(...outputs);
    const held = new Set(given.data);
    const within = parts.every((v) => held.has(v));
    if (value === 'in-order') return outputs[0]!.data.join() === given.data.join();
    if (value === 'reordered') return parts.join() === sorted(given).join();
    if (value === 'joined') return parts.join() === sorted(...(inputs as Array64[])).join();
    if (value === 'cut') return within && new Set(parts).size === parts.length;
    if (value === 'copied') return within && new Set(parts).size === held.size;
    return node.op === 'TopK' || within;
  },
  selects({ node, inputs, others, drawn }, value) {
    const pick = (a: Array64, b: Array64): Array64 => ({
      ...a,
      data: a.data.map((v, i) => Math[value === 'maximum' ? 'max' : 'min'](v, b.data[i]!)),
    });
    const [y, z] = [inputs, others].map((given) => run(node, given)[0]!) as [Array64, Array64];
    const both = inputs.map((input, i) => input && (drawn[i] ? pick(input, others[i]!) : input));
    const held = new Set(inputs.flatMap((input) => [...(input?.data ?? [])]));
    return close(run(node, both)[0]!, pick(y, z)) && y.data.every((v) => held.has(v));
  },
  layer: (trial) => claims.linear !== 'no number' && claims.linear(trial, 'each'),
  bias(trial) {
    const { inputs, others } = trial;
    if (!inputs[2]) return true;
    const added = (a: Inputs) =>
      combine(1, first(trial, [a[0], a[1], inputs[2]]), -1, first(trial, a.slice(0, 2)));
    return close(added(inputs), added(others));
  },
  pools(trial, value) {
    const [given] = trial.inputs as [Array64];
    if (value === 'all')
      return first(trial, [given])
        .shape.slice(2)
        .every((length) => length === 1);
    const node = { ...trial.node, attributes: { kernel_shape: ints(given.shape.slice(2).map(() => 1)) } };
    const sizes = node.op === 'LpPool' ? map(given, Math.abs) : given;
    return close(run(node, [given])[0]!, sizes);
  },
  normalises(trial, value) {
    const { inputs } = trial;
    const at = (scale: number, shift: number) =>
      first(trial, [map(inputs[0]!, (v) => scale * v + shift), ...inputs.slice(1)]);
    if (value === 'by-sample') return close(at(1e4, 1), at(1e5, -3), 1e-6);
    return close(combine(1, at(3, 0), -1, at(1, 0)), combine(2, at(1, 0), -2, at(0, 0)));
  },
  reduces({ node, inputs }, value) {
    const one = array64([-0.7], [1]);
    if (value === 'itself' && run({ ...node, attributes: {} }, [one])[0]!.data[0] !== -0.7) return false;
    const rank = inputs[0]!.shape.length;
    const kept = run(
      { ...node, attributes: { ...node.attributes, keepdims: { kind: 'int', value: 1 } } },
      inputs,
    );
    const given = inputs[1] ? [...inputs[1].data] : [intOf(node, 'axis', 0)];
    const over = given.map((axis) => positive(axis, rank));
    if (intOf(node, 'noop_with_empty_axes', 0) || (!inputs[1] && !node.op.startsWith('Arg'))) return true;
    return inputs[0]!.shape.every((n, axis) => kept[0]!.shape[axis] === (over.includes(axis) ? 1 : n));
  },
  channels(trial) {
    const { batched, inputs } = trial;
    if (!batched) return true;
    const [given, ...rest] = inputs as [Array64, ...Array64[]];
    const half = given.data.length / 2;
    const shape = [1, ...given.shape.slice(1)];
    const each = [0, 1].map((i) =>
      first(trial, [array64(given.data.slice(i * half, (i + 1) * half), shape), ...rest]),
    );
    const y = first(trial, inputs);
    const joined = each.flatMap(({ data }) => [...data]);
    return y.shape.length === given.shape.length && close(y, array64(joined, y.shape));
  },
  measures: (trial) => close(first(trial, trial.inputs), first(trial, trial.others)),
  makes: (trial, value) =>
    first(trial, trial.inputs).data.every((v) =>
      value === 'bool' ? v === 0 || v === 1 : Number.isInteger(v),
    ),
  besides: ({ node, inputs }) =>
    run(node, inputs)
      .slice(1)
      .every(({ data }) => data.every(Number.isInteger)),
  draws: 'no number',
  source: 'no number',
};

const holds = <P extends keyof Operator>(
  property: P,
  trial: Trial,
  value: NonNullable<Operator[P]>,
): boolean => {
  const claim = claims[property] as Claims[P];
  if (claim === 'no number') return true;
  try {
    return (claim as (trial: Trial, value: NonNullable<Operator[P]>) => boolean)(trial, value);
  } catch {
    return false;
  }
};

/** What the reference does not compute: random, of no input, or given another form when a graph is read. */
const untried = [
  ...['Attention', 'Bernoulli', 'Constant', 'Multinomial', 'NonZero', 'RandomNormal', 'RandomNormalLike'],
  ...[
    'RandomUniform',
    'RandomUniformLike',
    'Range',
    'ConvInteger',
    'DequantizeLinear',
    'DynamicQuantizeLinear',
    'MatMulInteger',
    'QuantizeLinear',
  ],
  ...['GRU', 'LSTM', 'RNN', 'If', 'Loop', 'Scan', 'NonMaxSuppression', 'OneHot'],
];

describe('what the catalogue says of an operator', () => {
  it('is tried of every operator that the reference computes', () => {
    const tried = new Set(all.map(({ op }) => op));
    expect(operatorNames.filter((op) => !tried.has(op)).sort()).toEqual(untried.sort());
    expect([...tried].filter((op) => !Object.hasOwn(catalogue, op))).toEqual([]);
  });

  it.each(operatorNames.filter((op) => !untried.includes(op)))('is so in numbers: %s', (op) => {
    const said: Operator = catalogue[op];
    for (const [i, trial] of trialsOf(op).entries()) {
      for (const property of Object.keys(said) as (keyof Operator)[]) {
        const value = said[property]!;
        expect({ i, property, value, holds: holds(property, trial, value as never) }).toEqual({
          i,
          property,
          value,
          holds: true,
        });
      }
    }
  });

  const lacking = (property: keyof Operator, value: unknown, among: (said: Operator) => boolean) =>
    operatorNames.filter((op) => {
      const trials = trialsOf(op);
      return (
        trials.length > 0 &&
        among(catalogue[op]) &&
        trials.every((one) => holds(property, one, value as never))
      );
    });
  const ofOne = ({ pointwise, makes }: Operator) => pointwise === 1 && !makes;

  it('leaves out no operator that is pointwise', () => {
    expect(lacking('pointwise', 'any', ({ pointwise }) => pointwise === undefined)).toEqual([]);
  });
  it('leaves out no function of one value that is zero at zero', () => {
    expect(lacking('zeroAtZero', true, (said) => ofOne(said) && !said.zeroAtZero)).toEqual([]);
  });
  it('leaves out no function of one value that saturates', () => {
    expect(lacking('saturates', true, (said) => ofOne(said) && !said.saturates)).toEqual([]);
  });
  it('leaves out no reduction that selects a maximum or minimum', () => {
    const mayBe = ({ selects, pools, reduces, pointwise }: Operator) =>
      !selects && (pools !== undefined || reduces !== undefined || pointwise === 'any');
    expect(lacking('selects', 'maximum', mayBe)).toEqual([]);
    expect(lacking('selects', 'minimum', mayBe)).toEqual([]);
  });
  it('leaves out no operator that is linear', () => {
    expect(lacking('linear', 'first', ({ linear, makes }) => !linear && !makes)).toEqual([]);
  });
  it('leaves out no operator that is homogeneous', () => {
    expect(
      lacking('homogeneous', true, ({ homogeneous, linear, makes }) => !homogeneous && !linear && !makes),
    ).toEqual([]);
  });
  it('leaves out no function of one value that is never negative', () => {
    const mayBe = (said: Operator) => ofOne(said) && said.nonNegative !== 'always';
    expect(lacking('nonNegative', 'always', mayBe)).toEqual([]);
    expect(lacking('nonNegative', 'of-first', (said) => mayBe(said) && !said.nonNegative)).toEqual([]);
  });
});
