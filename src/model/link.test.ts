import { afterAll, describe, expect, it } from 'vitest';
import { attribute } from '../attribution/attribute.js';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { int } from '../graph/attributes.js';
import { type Builder, startGraph } from '../graph/builder.js';
import { float32, int64, scalar } from '../graph/elements.js';
import type { Graph } from '../graph/graph.js';
import {
  axis,
  cut,
  network,
  reduced,
  sigmoid,
  softmax,
  value,
  weights,
  x,
} from '../testing/networks/scores.js';
import { classifierOf, type LoadOptions } from './load.js';
import { predict } from './predict.js';
import { probabilities } from './probability.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());
const load = (graph: Graph, options: LoadOptions = {}) =>
  classifierOf(graph, 'net.onnx', { engine, ...options });
/** What the file itself gives, read as it stands. */
const own = async (graph: Graph) => predict(await load(graph, { output: 'y' }), x);

describe('an output that its last nodes keep between 0 and 1 is a probability', () => {
  const constant = (b: Builder, by: number) => b.constant(float32([by], []));
  it.each<[string, (b: Builder, s: string) => string]>([
    ['HardSigmoid', (b, s) => b.emit('HardSigmoid', [s])],
    ['a clipped score', (b, s) => b.emit('Clip', [s, constant(b, 0), constant(b, 1)])],
    [
      'tanh moved to 0 to 1',
      (b, s) => b.emit('Div', [b.emit('Add', [b.tanh(s), constant(b, 1)]), constant(b, 2)]),
    ],
    ['one class of a softmax', (b, s) => cut(b, softmax(b, b.emit('Concat', [s, b.mul(s, 2)], { axis })))],
    ['sigmoids side by side', (b, s) => b.emit('Concat', [sigmoid(b, s), sigmoid(b, b.mul(s, 2))], { axis })],
    ['a product of sigmoids', (b, s) => b.mul(sigmoid(b, s), sigmoid(b, b.mul(s, 2)))],
    [
      'the chance that not all miss, by logarithms',
      (b, s) => {
        const miss = b.emit('Sub', [
          constant(b, 1),
          sigmoid(
            b,
            b.emit('Concat', [b.unsqueeze(s, [2]), b.unsqueeze(b.mul(s, 2), [2])], { axis: int(2) }),
          ),
        ]);
        const all = b.emit('ReduceSum', [b.emit('Log', [miss]), b.constant(int64([2]))], {
          keepdims: int(0),
        });
        return b.emit('Sub', [constant(b, 1), b.emit('Exp', [all])]);
      },
    ],
    [
      'sums of a softmax, one class after another',
      (b, s) =>
        b.emit('CumSum', [
          softmax(b, b.emit('Concat', [s, b.mul(s, 2)], { axis })),
          b.constant(int64([1], [])),
        ]),
    ],
    ['one minus a sigmoid', (b, s) => b.emit('Sub', [constant(b, 1), sigmoid(b, s)])],
  ])('%s', async (_, head) => {
    for (const classes of [1, 3]) {
      const graph = network(classes, head);
      const model = await load(graph);
      expect(model.head.link).toBe('identity');
      const outputs = await predict(model, x);
      expect(probabilities(model, outputs)).toBe(outputs);
    }
  });

  it('not so a score clipped to other bounds', async () => {
    const head = (b: Builder, s: string) => b.emit('Clip', [s, constant(b, -6), constant(b, 6)]);
    expect((await load(network(1, head))).head.link).toBe('sigmoid');
  });

  it.each<[string, (b: Builder, s: string) => string]>([
    ['Softplus', (b, s) => b.emit('Softplus', [s])],
    ['a rectifier, shaped', (b, s) => b.reshape(b.relu(s), [-1, 1])],
    ['a scaled sigmoid', (b, s) => b.mul(sigmoid(b, s), 100)],
    ['a clipped score', (b, s) => b.emit('Clip', [s, constant(b, 0), constant(b, 6)])],
    ['minus an exponential', (b, s) => b.mul(b.emit('Exp', [s]), -1)],
  ])('one output of one sign is a quantity: %s', async (_, head) => {
    const { link, says } = (await load(network(1, head))).head;
    expect([link, says]).toEqual(['none', expect.stringContaining('head sigmoid where it is a score')]);
    expect((await load(network(1, head), { head: 'sigmoid' })).head.link).toBe('sigmoid');
  });
});

describe('several outputs that are no raw scores of classes', () => {
  const split = (b: Builder, s: string) =>
    [[0], [1, 2]].map((at) => b.emit('Gather', [s, b.constant(int64(at))], { axis })) as [string, string];
  const squares = (b: Builder, s: string) =>
    b.emit(
      'ReduceSum',
      [b.emit('Pow', [b.unsqueeze(s, [2]), b.constant(scalar(2))]), b.constant(int64([2]))],
      {
        keepdims: int(0),
      },
    );
  const beside = (op: string) => (b: Builder, s: string) => {
    const [first, others] = split(b, s);
    return b.emit('Concat', [first, b.add(b.emit(op, [others]), 1e-6)], { axis: int(-1) });
  };
  it.each<[string, (b: Builder, s: string) => string, RegExp]>([
    ['a mean and variances', beside('Softplus'), /differ in range/],
    ['a mean and exponentials of logarithms', beside('Exp'), /differ in range/],
    ['an age beside sigmoids', beside('Sigmoid'), /differ in range/],
    [
      "evidence by torch's Softplus",
      (b, s) => b.where(b.greater(s, 20), s, b.emit('Softplus', [s])),
      /never negative/,
    ],
    ['evidence', (b, s) => b.add(b.emit('Softplus', [s]), 1), /never negative/],
    [
      'similarities to prototypes',
      (b, s) => b.emit('Exp', [b.emit('Neg', [squares(b, s)])]),
      /never negative/,
    ],
    ['distances', (b, s) => b.sqrt(squares(b, s)), /never negative/],
  ])('are quantities, said so, and can be called scores: %s', async (_, head, why) => {
    const { link, says } = (await load(network(3, head))).head;
    expect([link, says]).toEqual(['none', expect.stringMatching(why)]);
    expect((await load(network(3, head), { head: 'softmax' })).head.link).toBe('softmax');
    expect((await load(network(3, head), { multiLabel: true })).head.link).toBe('sigmoid');
  });

  const float = (b: Builder, v: string) => b.emit('Cast', [v], { to: int(1) });
  const largest = (b: Builder, s: string) => b.emitAll('TopK', [s, b.constant(int64([2]))], 2)[0]!;
  it.each<[string, (b: Builder, s: string) => string, RegExp]>([
    ['the largest class', (b, s) => float(b, b.emit('ArgMax', [s], { axis })), /ArgMax makes whole numbers/],
    ['yes or no', (b, s) => float(b, b.greater(sigmoid(b, s), 0.5)), /Greater makes whole numbers/],
    ['whole years', (b, s) => b.emit('Round', [s]), /Round makes whole numbers/],
    ['integers', (b, s) => float(b, b.emit('Cast', [s], { to: int(7) })), /Cast makes whole numbers/],
    ['the largest scores', largest, /values in order of size, not classes/],
  ])('have no probability where they are decisions or ranks: %s', async (_, head, why) => {
    const { link, says } = (await load(network(3, head))).head;
    expect([link, says]).toEqual(['none', expect.stringMatching(why)]);
  });

  it('hold the largest probabilities, in order and said so', async () => {
    const graph = network(3, (b, s) => largest(b, softmax(b, s)));
    const { link, says } = (await load(graph)).head;
    expect([link, says]).toEqual(['identity', expect.stringContaining('values in order of size')]);
  });

  it('are sigmoids of one score against thresholds where they differ by constants', async () => {
    const { link, says } = (
      await load(network(1, (b, s) => b.add(s, b.constant(float32([-1, 0, 2], [1, 3])))))
    ).head;
    expect([link, says]).toEqual(['sigmoid', expect.stringContaining('several thresholds')]);
  });

  it.each<[string, (b: Builder, s: string) => string]>([
    ['rectified, as in SqueezeNet', (b, s) => b.relu(s)],
    ['minus distances', (b, s) => b.emit('Neg', [squares(b, s)])],
    ['joined', (b, s) => b.emit('Concat', split(b, s), { axis })],
  ])('not so scores: %s', async (_, head) => {
    expect((await load(network(3, head))).head.link).toBe('softmax');
  });
});

type Head = [string, number, (b: Builder, s: string) => string, ((y: number) => number)?];

describe('no probability is invented for what is no score', () => {
  const over = (b: Builder, s: string, shape: number[], at: number) =>
    b.emit('Softmax', [b.reshape(s, [-1, ...shape])], { axis: int(at) });
  const row = (b: Builder, ...values: number[]) => b.constant(float32(values, [1, values.length]));
  const column = (b: Builder, ...values: number[]) => b.constant(float32(values, [values.length, 1]));
  const sum = (b: Builder, v: string, at: number, keep = 0, op = 'ReduceSum') =>
    b.emit(op, [v, b.constant(int64([at]))], { keepdims: int(keep) });
  const grid = [-2, -1, -2, 0, -2, 1, 0, -1, 0, 0, 0, 1, 2, -1, 2, 0, 2, 1];
  const rows = [0, 1].flatMap((k) => grid.filter((_, i) => i % 2 === k));
  const logSum = (b: Builder, v: string, at: number, keep: number) =>
    b.emit('Log', [sum(b, b.emit('Exp', [v]), at, keep)]);

  const looped = (b: Builder, s: string) => {
    const body = startGraph('step');
    body.emit('Identity', ['more'], {}, 'again');
    body.emit('Sigmoid', ['before'], {}, 'after');
    const scalarOf = (name: string, type: 'int64' | 'bool') => ({ name, type, shape: [] });
    const step = body.finish(
      [scalarOf('i', 'int64'), scalarOf('more', 'bool'), value('before')],
      [scalarOf('again', 'bool'), value('after')],
    );
    return b.emit('Loop', [b.constant(int64([2], [])), '', s], { body: { kind: 'graph', value: step } });
  };

  it.each<[string, number, (b: Builder, s: string) => string, RegExp]>([
    ['an expected grade', 4, (b, s) => b.emit('MatMul', [softmax(b, s), column(b, 0, 1, 2, 3)]), /Softmax/],
    [
      'an expected grade about 0',
      3,
      (b, s) => sum(b, b.mul(softmax(b, s), row(b, -1, 0, 1)), 1, 1),
      /Softmax/,
    ],
    [
      'expected grades of two findings',
      6,
      (b, s) => sum(b, b.mul(over(b, s, [2, 3], 2), row(b, -1, 0, 1)), 2),
      /Softmax/,
    ],
    ['a sum of levels', 3, (b, s) => sum(b, sigmoid(b, s), 1, 1), /of one sign/],
    ['tanh', 1, (b, s) => b.tanh(s), /Tanh/],
    ['tanh of several', 3, (b, s) => b.mul(b.tanh(s), 2), /Tanh/],
    ['a sigmoid moved to -1 to 1', 1, (b, s) => b.sub(b.mul(sigmoid(b, s), 2), 1), /Sigmoid/],
    [
      'an energy',
      3,
      (b, s) => b.neg(b.emit('ReduceLogSumExp', [s, b.constant(int64([1]))])),
      /ReduceLogSumExp/,
    ],
    ['an energy by its parts', 3, (b, s) => b.neg(logSum(b, s, 1, 1)), /Log/],
    ['the logarithm of a rate', 3, (b, s) => b.emit('Log', [b.add(b.emit('Exp', [s]), 1)]), /never negative/],
    ['a complementary log-log', 1, (b, s) => b.sub(1, b.exp(b.neg(b.exp(s)))), /Exp/],
    ['softplus moved', 1, (b, s) => b.sub(b.emit('Softplus', [s]), 1), /Softplus/],
    [
      'sigmoids that are set in place of a constant',
      3,
      (b, s) => {
        const half = b.add(b.emit('ConstantOfShape', [b.emit('Shape', [s])]), 0.5);
        const p = b.div(sigmoid(b, s), 1.4);
        const places = b.emit('Mul', [
          b.emit('Cast', [b.emit('ConstantOfShape', [b.emit('Shape', [s])])], { to: int(7) }),
          b.constant(int64([0])),
        ]);
        return b.emit('ScatterElements', [half, places, p], { axis });
      },
      /Sigmoid/,
    ],
    ['an arctangent', 2, (b, s) => b.emit('Atan', [s]), /Atan/],
    [
      'quantiles, each above the one before',
      3,
      (b, s) => b.emit('CumSum', [b.emit('Softplus', [s]), b.constant(int64([1], []))]),
      /CumSum|never negative/,
    ],
    ['quantiles of either sign', 3, (b, s) => b.emit('CumSum', [s, b.constant(int64([1], []))]), /CumSum/],
    ['an embedding', 3, (b, s) => b.div(s, reduced(b, 'ReduceL2', s)), /length 1, as embeddings do/],
    [
      'the place of a landmark, by a product with the places of a grid',
      9,
      (b, s) => b.emit('MatMul', [softmax(b, s), b.constant(float32(grid, [9, 2]))]),
      /Softmax/,
    ],
    [
      'the same by rows of weights',
      9,
      (b, s) => b.emit('Gemm', [softmax(b, s), b.constant(float32(rows, [2, 9]))], { transB: int(1) }),
      /Softmax/,
    ],
    ['softsign by its parts', 3, (b, s) => b.div(s, b.add(1, b.emit('Abs', [s]))), /have bounds/],
    ['an inverse square root unit', 1, (b, s) => b.div(s, b.sqrt(b.add(b.mul(s, s), 1))), /within bounds/],
    [
      'rows scaled to go from 0 to 1',
      3,
      (b, s) => {
        const least = reduced(b, 'ReduceMin', s);
        return b.div(b.sub(s, least), b.add(b.sub(reduced(b, 'ReduceMax', s), least), 1e-6));
      },
      /scaled to go from 0 to 1/,
    ],
    [
      'expected grades of two findings, by a product',
      6,
      (b, s) => b.emit('MatMul', [over(b, s, [2, 3], 2), b.constant(float32([0, 1, 2]))]),
      /Softmax/,
    ],
    ['what a loop makes', 3, (b, s) => looped(b, s), /Loop/],
  ])('%s', async (_name, classes, head, why) => {
    const { link, says } = (await load(network(classes, head))).head;
    expect([link, says]).toEqual(['none', expect.stringMatching(why)]);
  });

  const pair = (b: Builder, p: string) => b.emit('Concat', [b.sub(1, p), p], { axis });
  const clip = (b: Builder, v: string, low: number, high: number) =>
    b.emit('Clip', [v, b.constant(scalar(low)), b.constant(scalar(high))]);
  const quantised = (b: Builder, v: string, step = 1 / 255) => {
    const [scale, zero] = [
      b.constant(scalar(step)),
      b.constant({ type: 'uint8', data: Uint8Array.of(0), shape: [] }),
    ];
    return b.emit('DequantizeLinear', [b.emit('QuantizeLinear', [v, scale, zero]), scale, zero]);
  };
  /** Heads whose output is the probability, or whose probability `truth` makes of it. */
  const heads: readonly Head[] = [
    ['two softmaxes side by side', 4, (b, s) => b.reshape(over(b, s, [2, 2], 2), [-1, 4])],
    [
      'a class of each of two softmaxes',
      4,
      (b, s) => b.emit('Gather', [over(b, s, [2, 2], 2), b.constant(int64([1], []))], { axis: int(2) }),
    ],
    ['a softmax of the last axis', 3, (b, s) => b.reshape(over(b, s, [1, 3], -1), [-1, 3])],
    ['a temperature before the softmax', 3, (b, s) => softmax(b, b.div(s, 1.7))],
    [
      'a temperature after the softmax',
      3,
      (b, s) => {
        const p = b.pow(softmax(b, s), 0.5);
        return b.emit('Div', [p, sum(b, p, 1, 1)]);
      },
    ],
    [
      'one class of it',
      3,
      (b, s) => {
        const p = b.pow(softmax(b, s), 0.5);
        return cut(b, b.emit('Div', [p, sum(b, p, 1, 1)]));
      },
    ],
    ['half of two softmaxes', 3, (b, s) => b.mul(b.add(softmax(b, s), softmax(b, b.mul(s, 3))), 0.5)],
    [
      'parents times children',
      6,
      (b, s) =>
        b.reshape(
          b.mul(
            over(b, s, [2, 3], 2),
            b.unsqueeze(softmax(b, b.emit('Gather', [s, b.constant(int64([0, 1]))], { axis })), [2]),
          ),
          [-1, 6],
        ),
    ],
    ['the most of two views', 6, (b, s) => sum(b, over(b, s, [2, 3], 2), 1, 0, 'ReduceMax')],
    [
      'evidence over its sum',
      3,
      (b, s) => {
        const e = b.add(b.exp(s), 1);
        return b.emit('Div', [e, sum(b, e, 1, 1)]);
      },
    ],
    [
      'belief masses: evidence over its sum and a constant',
      3,
      (b, s) => {
        const e = b.relu(s);
        return b.emit('Div', [e, b.add(sum(b, e, 1, 1), 3)]);
      },
    ],
    [
      'a softmax beside a class that is left out',
      3,
      (b, s) => b.emit('Div', [b.exp(s), b.add(1, sum(b, b.exp(s), 1, 1))]),
    ],
    [
      'one share of two',
      3,
      (b, s) => {
        const [p, q] = [b.exp(s), b.exp(b.mul(s, 2))];
        return b.emit('Div', [p, b.add(q, p)]);
      },
    ],
    ['softsign moved to 0 to 1', 3, (b, s) => b.mul(b.add(b.div(s, b.add(1, b.emit('Abs', [s]))), 1), 0.5)],
    [
      'an inverse square root unit moved to 0 to 1',
      1,
      (b, s) => b.add(b.div(b.mul(s, 0.5), b.sqrt(b.add(1, b.pow(s, 2)))), 0.5),
    ],
    ['an arctangent moved to 0 to 1', 3, (b, s) => b.add(b.div(b.emit('Atan', [s]), Math.PI), 0.5)],
    [
      'levels one after another',
      2,
      (b, s) => {
        const [p, q] = [0, 1].map((k) => b.emit('Gather', [sigmoid(b, s), b.constant(int64([k]))], { axis }));
        return b.emit('Concat', [p!, b.mul(p!, q!)], { axis });
      },
    ],
    ['1 - p and p of a clipped score', 1, (b, s) => pair(b, clip(b, s, 0, 1))],
    ['a clipped softmax', 3, (b, s) => clip(b, softmax(b, s), 1e-6, 1 - 1e-6)],
    ['a quantised softmax', 3, (b, s) => quantised(b, softmax(b, s))],
    ['a quantised sigmoid', 1, (b, s) => quantised(b, sigmoid(b, s))],
    ['the logarithm of sigmoids', 3, (b, s) => b.emit('Log', [b.add(sigmoid(b, s), 1e-7)]), Math.exp],
    [
      'the logarithm of clipped sigmoids',
      3,
      (b, s) => b.emit('Log', [clip(b, sigmoid(b, s), 1e-7, 1)]),
      Math.exp,
    ],
    ['the logarithm of one sigmoid', 1, (b, s) => b.emit('Log', [b.add(sigmoid(b, s), 1e-7)]), Math.exp],
    [
      'the logarithm of a mean of sigmoids',
      3,
      (b, s) => b.emit('Log', [b.emit('Mean', [sigmoid(b, s), sigmoid(b, b.mul(s, 2))])]),
      Math.exp,
    ],
    ['minus softplus of minus scores', 3, (b, s) => b.neg(b.emit('Softplus', [b.neg(s)])), Math.exp],
    [
      'the logarithms of 1 - p and p side by side',
      1,
      (b, s) => {
        const log = (v: string) => b.neg(b.emit('Softplus', [b.neg(v)]));
        return b.emit('Concat', [log(b.neg(s)), log(s)], { axis });
      },
      Math.exp,
    ],
    [
      'logarithms of parents and of their children',
      6,
      (b, s) => {
        const log = (v: string) => b.emit('LogSoftmax', [v], { axis: int(-1) });
        const parents = log(b.emit('Gather', [s, b.constant(int64([0, 1]))], { axis }));
        return b.reshape(b.add(log(b.reshape(s, [-1, 2, 3])), b.unsqueeze(parents, [2])), [-1, 6]);
      },
      Math.exp,
    ],
    [
      'the logarithm of a softmax kept finite',
      3,
      (b, s) => b.emit('Log', [b.add(softmax(b, s), 1e-8)]),
      Math.exp,
    ],
    [
      'one score and its negative, by a product',
      1,
      (b, s) => b.emit('MatMul', [s, b.constant(float32([-1, 1], [1, 2]))]),
      (y) => 1 / (1 + Math.exp(-y)),
    ],
    [
      'one score and its negative',
      1,
      (b, s) => b.emit('Concat', [b.neg(s), s], { axis }),
      (y) => 1 / (1 + Math.exp(-y)),
    ],
    [
      'log-odds',
      1,
      (b, s) => {
        const p = sigmoid(b, s);
        return b.emit('Log', [b.emit('Div', [p, b.sub(1, p)])]);
      },
      (y) => 1 / (1 + Math.exp(-y)),
    ],
    [
      'log-odds of several clipped sigmoids',
      3,
      (b, s) => {
        const p = clip(b, sigmoid(b, s), 1e-4, 1 - 1e-4);
        return b.emit('Log', [b.emit('Div', [p, b.sub(1, p)])]);
      },
      (y) => 1 / (1 + Math.exp(-y)),
    ],
    [
      'the soft maximum over places',
      4,
      (b, s) => logSum(b, b.reshape(s, [-1, 1, 4]), 2, 0),
      (y) => 1 / (1 + Math.exp(-y)),
    ],
  ];
  it.each(heads)(
    'but that of the file is found: %s',
    async (_name, classes, head, truth = (y: number) => y) => {
      const graph = network(classes, head);
      const model = await load(graph);
      const found = probabilities(model, await predict(model, x)).data;
      const { data } = await own(graph);
      for (const [i, p] of found.entries()) expect(Math.abs(p - truth(data[i]!))).toBeLessThan(2e-3);
    },
  );

  it.each<[string, number, (b: Builder, s: string) => string]>([
    ['normalised', 3, (b, s) => b.emit('LayerNormalization', [s, b.constant(float32([1, 1, 1]))])],
    ['capped', 3, (b, s) => clip(b, s, -30, 30)],
    ['gated', 3, (b, s) => b.mul(s, sigmoid(b, s))],
    ['weighed by a softmax', 6, (b, s) => sum(b, b.mul(over(b, s, [2, 3], 1), b.reshape(s, [-1, 2, 3])), 1)],
    ['of a softmax of concepts', 6, (b, s) => b.emit('MatMul', [softmax(b, s), b.constant(weights(6, 3))])],
    ['quantised', 3, (b, s) => quantised(b, b.add(s, 2), 0.05)],
    ['a mean over places', 6, (b, s) => sum(b, b.reshape(s, [-1, 3, 2]), 2, 0, 'ReduceMean')],
    ['the soft maximum over places', 6, (b, s) => logSum(b, b.reshape(s, [-1, 3, 2]), 2, 0)],
  ])('and scores of several classes have their softmax: %s', async (_name, classes, head) => {
    expect((await load(network(classes, head))).head.link).toBe('softmax');
  });
});

it('the mean of several softmaxes is a probability already', async () => {
  const graph = network(3, (b, s) => b.emit('Mean', [softmax(b, s), softmax(b, b.mul(s, 2))]));
  const model = await load(graph);
  expect([model.output, model.head.link]).toEqual(['y', 'identity']);
  const rise = await predict(model, x);
  expect(probabilities(model, rise)).toEqual(rise);
});

it('one output has the probability of its sigmoid, or none where the options say so', async () => {
  const graph = network(1, (b, s) => b.emit('Identity', [s]));
  const model = await load(graph);
  expect([model.head.link, model.head.says]).toEqual(['sigmoid', expect.stringContaining('head regression')]);
  const regression = await load(graph, { head: 'regression' });
  const asked = (quantity?: 'logit') =>
    attribute(regression, 'rise', x, [0, 0, 0], { masks: 4, ...(quantity && { quantity }) });
  await expect(asked()).rejects.toThrow(/no probability.*quantity=logit/);
  expect((await asked('logit')).quantity).toBe('raw output');
});
