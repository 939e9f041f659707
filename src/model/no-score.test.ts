import { afterAll, describe, expect, it } from 'vitest';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { int } from '../graph/attributes.js';
import { type Builder, startGraph } from '../graph/builder.js';
import { float32, int64, scalar } from '../graph/elements.js';
import {
  axis,
  cut,
  network,
  reading,
  reduced,
  sigmoid,
  softmax,
  value,
  weights,
  x,
} from '../testing/networks/scores.js';
import { predict } from './predict.js';
import { probabilities } from './probability.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());
const { load, own } = reading(engine);

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
    [
      'a mean between its bounds',
      3,
      (b, s) => {
        const [mean, width] = [0, 1].map((k) => b.emit('Gather', [s, b.constant(int64([k]))], { axis })) as [
          string,
          string,
        ];
        return b.emit('Concat', [b.sub(mean, b.exp(width)), mean, b.add(mean, b.exp(width))], { axis });
      },
      /made of others, as bounds are of a mean/,
    ],
    [
      'a quantity, and its product with another',
      2,
      (b, s) => {
        const [length, width] = [0, 1].map((k) =>
          b.emit('Gather', [s, b.constant(int64([k]))], { axis }),
        ) as [string, string];
        return b.emit('Concat', [length, b.mul(length, width)], { axis });
      },
      /made of others/,
    ],
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

  it('but a softmax that is cast to float64 at the end is found', async () => {
    const cast = (b: Builder, s: string) => b.emit('Cast', [softmax(b, s)], { to: int(11) });
    const graph = network(3, cast, [{ ...value('y', ['N', 3]), type: 'float64' }]);
    const model = await load(graph);
    const { data } = await own(graph);
    for (const [i, p] of probabilities(model, await predict(model, x)).data.entries())
      expect(p).toBeCloseTo(data[i]!, 6);
    expect(model.head.before).toBe('y');
  });

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
