import { afterAll, describe, expect, it } from 'vitest';
import { attribute } from '../attribution/attribute.js';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { int, ints } from '../graph/attributes.js';
import type { Builder } from '../graph/builder.js';
import { float32, int64, scalar } from '../graph/elements.js';
import { axis, cut, network, reading, sigmoid, softmax, x } from '../testing/networks/scores.js';
import type { Link } from './head.js';
import { predict } from './predict.js';
import { probabilities } from './probability.js';
import { ask } from './questions/ask.js';
import { targetOf } from './target.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());
const { load } = reading(engine);

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
    [
      'a sigmoid set against an operating point',
      (b, s) => {
        const [p, point] = [sigmoid(b, s), constant(b, 0.3)];
        const above = b.div(b.sub(1, p), 2 * 0.7);
        return b.where(b.emit('Less', [p, point]), b.div(p, 2 * 0.3), b.sub(1, above));
      },
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

  it('of several classes, each with its operating point', async () => {
    const row =
      (...values: number[]) =>
      (b: Builder) =>
        b.constant(float32(values, [3]));
    const [points, below, above] = [row(0.3, 0.5, 0.9), row(0.6, 1, 1.8), row(1.4, 1, 0.2)];
    const head = (b: Builder, s: string) => {
      const p = sigmoid(b, s);
      const rest = b.sub(1, b.div(b.sub(1, p), above(b)));
      return b.where(b.emit('Less', [p, points(b)]), b.div(p, below(b)), rest);
    };
    expect((await load(network(3, head))).head.link).toBe('identity');
    const scaled = (b: Builder, s: string) => b.mul(head(b, s), 40);
    expect((await load(network(3, scaled))).head.link).toBe('none');
  });

  it('assigned where masks hold, as torchxrayvision does', async () => {
    const head = (b: Builder, s: string) => {
      const p = sigmoid(b, s);
      const points = b.constant(float32([0.3, Number.NaN, 0.9], [1, 3]));
      const known = b.emit('Not', [b.emit('IsNaN', [points])]);
      const less = b.emit('Less', [p, points]);
      const assigned = (y: string, mask: string, made: (p: string, point: string) => string) => {
        const at = b.emit('Transpose', [b.emit('NonZero', [mask])], { perm: ints([1, 0]) });
        const picked = [p, points].map((value) => b.emit('GatherND', [value, at]));
        return b.emit('ScatterND', [y, at, made(picked[0]!, picked[1]!)]);
      };
      const halves = b.emit('Expand', [constant(b, 0.5), b.emit('Shape', [p])]);
      const low = assigned(halves, b.emit('And', [less, known]), (q, point) => b.div(q, b.mul(point, 2)));
      return assigned(low, b.emit('And', [b.emit('Not', [less]), known]), (q, point) =>
        b.sub(1, b.div(b.sub(1, q), b.mul(b.sub(1, point), 2))),
      );
    };
    expect((await load(network(3, head))).head.link).toBe('identity');
  });

  it('not so a score clipped to other bounds', async () => {
    const head = (b: Builder, s: string) => b.emit('Clip', [s, constant(b, -6), constant(b, 6)]);
    expect((await load(network(1, head))).head.link).toBe('sigmoid');
  });

  const rounded = (b: Builder, s: string, type: 'uint8' | 'int8', zero: number) => {
    const data = type === 'uint8' ? Uint8Array.of(zero) : Int8Array.of(zero);
    const grid = [constant(b, 0.02), b.constant({ type, data, shape: [] })];
    return b.emit('DequantizeLinear', [b.emit('QuantizeLinear', [s, ...grid]), ...grid]);
  };

  it('not so a score in 8-bit numbers of both signs', async () => {
    const head = (b: Builder, s: string) => rounded(b, s, 'uint8', 120);
    expect((await load(network(1, head))).head.link).toBe('sigmoid');
  });

  it.each<[string, (b: Builder, s: string) => string]>([
    ['Softplus', (b, s) => b.emit('Softplus', [s])],
    ['a rectifier, shaped', (b, s) => b.reshape(b.relu(s), [-1, 1])],
    ['a scaled sigmoid', (b, s) => b.mul(sigmoid(b, s), 100)],
    ['a clipped score', (b, s) => b.emit('Clip', [s, constant(b, 0), constant(b, 6)])],
    ['minus an exponential', (b, s) => b.mul(b.emit('Exp', [s]), -1)],
    ['a rectifier that 8-bit numbers make', (b, s) => rounded(b, s, 'uint8', 0)],
    ['the same, signed and shaped', (b, s) => b.reshape(rounded(b, s, 'int8', -128), [-1, 1])],
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

  const rate = (b: Builder, s: string) => b.emit('Softplus', [s]);
  const missed = (b: Builder, hazard: string) => b.emit('Exp', [b.emit('Neg', [hazard])]);
  const summed = (b: Builder, v: string) => b.emit('CumSum', [v, b.constant(int64([1], []))]);
  const rest = (b: Builder, v: string) => b.emit('Sub', [b.constant(scalar(1)), v]);
  it.each<[string, (b: Builder, s: string) => string]>([
    ['e to the power of minus a rate', (b, s) => missed(b, rate(b, s))],
    ['of minus cumulated hazards', (b, s) => missed(b, summed(b, rate(b, s)))],
    ['one minus these', (b, s) => rest(b, missed(b, summed(b, b.emit('Exp', [s]))))],
    ['the complementary log-log', (b, s) => rest(b, missed(b, b.emit('Exp', [s])))],
    [
      "Weibull's, of a rate to a power",
      (b, s) => missed(b, b.emit('Pow', [rate(b, s), b.constant(scalar(1.5))])),
    ],
    [
      'a product of chances to survive, by logarithms',
      (b, s) => b.emit('Exp', [summed(b, b.emit('Log', [rest(b, sigmoid(b, s))]))]),
    ],
  ])('survival is a probability already: %s', async (_, head) => {
    for (const classes of [1, 3]) expect((await load(network(classes, head))).head.link).toBe('identity');
  });

  it.each<[string, (b: Builder, s: string) => string]>([
    ['hazards', rate],
    ['cumulated hazards', (b, s) => summed(b, rate(b, s))],
    ['relative risks', (b, s) => b.emit('Exp', [s])],
  ])('but %s have none', async (_, head) => {
    for (const classes of [1, 3]) expect((await load(network(classes, head))).head.link).toBe('none');
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

it.each<[string, Link]>([
  ['probability:1', 'identity'],
  ['log-probability:1', 'exp'],
  ['log-odds:1', 'sigmoid'],
])('%s keeps its probability', async (target, link) => {
  const model = await load(network(3, (b, s) => b.emit('Identity', [s])));
  const question = await ask(model, targetOf(target), x);
  expect(question.model.head.link).toBe(link);
  const wanted = probabilities(model, await predict(model, x)).data;
  const found = probabilities(question.model, await predict(question.model, x)).data;
  for (const [row, value] of found.entries()) expect(value).toBeCloseTo(wanted[3 * row + 1]!, 5);
});
