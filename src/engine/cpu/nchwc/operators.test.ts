import { afterAll, describe, it } from 'vitest';
import { type Attributes, float, int, ints, string } from '../../../graph/attributes.js';
import { float32, int64, scalar } from '../../../graph/elements.js';
import { type Scene, startTrials } from '../../../testing/blocks.js';

const trials = startTrials();
afterAll(() => trials.dispose());

/** The operators around one that runs in NCHWc, and around one that does not. */
const kept = 'ReorderInput Conv Conv ReorderOutput';
const apart = 'ReorderInput Conv ReorderOutput ReorderInput Conv ReorderOutput';

type Case = readonly [name: string, compose: (scene: Scene) => string, operators: string];

const between = (op: string, attributes: Attributes = {}, ...inputs: Parameters<Scene['constant']>[0][]) => {
  return (s: Scene) => s.conv(s.emit(op, [s.conv(), ...inputs.map((v) => s.constant(v))], attributes));
};

const pooled: Attributes = { kernel_shape: ints([3, 2]), strides: ints([2, 1]), pads: ints([1, 0, 0, 1]) };

const perChannel = (s: Scene) => s.constant(float32(Array.from({ length: 32 }, (_, c) => 1 + c / 7)));

const normalised = (mean: number, variance: number, epsilon: number) => (s: Scene) => {
  const all = (v: number) => s.constant(float32(new Float32Array(32).fill(v)));
  const inputs = [s.conv(), perChannel(s), perChannel(s), all(mean), all(variance)];
  return s.conv(s.emit('BatchNormalization', inputs, { epsilon: float(epsilon) }));
};

const scaled =
  (shape: readonly number[], first = false) =>
  (s: Scene) => {
    const factors = s.constant(
      float32(
        Array.from({ length: 32 }, (_, c) => c / 9 - 2),
        shape,
      ),
    );
    const x = s.conv();
    return s.conv(s.emit('Mul', first ? [factors, x] : [x, factors]));
  };

const summed =
  (axes: readonly number[] | undefined, attributes: Attributes = { keepdims: int(0) }, op = 'ReduceSum') =>
  (s: Scene) =>
    s.emit(op, [s.conv(), ...(axes ? [s.constant(int64(axes))] : [])], attributes);

const spread = (blocksize: number, mode?: string) => (s: Scene) => {
  const channels = 32 * blocksize ** 2;
  const phases = s.convolved(s.image(2, 32, 4, 3), s.weight(channels, 32, 1, 1));
  const attributes = { blocksize: int(blocksize), ...(mode && { mode: string(mode) }) };
  const y = s.emit('DepthToSpace', [phases], attributes);
  s.declare({ name: y, type: 'float32', shape: [2, 32, 4 * blocksize, 3 * blocksize] });
  return s.conv(y);
};

/** The first of several outputs of Split. */
const parts = (lengths: readonly number[]) => (s: Scene) => {
  const all = lengths.reduce((a, b) => a + b);
  const whole = s.convolved(s.image(2, 32, 9, 7), s.weight(all, 32, 1, 1));
  const [first, ...others] = s.emitAll('Split', [whole, s.constant(int64(lengths))], lengths.length, {
    axis: int(1),
  }) as [string, ...string[]];
  s.declare({ name: first, type: 'float32', shape: [2, lengths[0]!, 9, 7] });
  s.emit('Neg', [others[0]!]);
  return s.convolved(first, s.weight(32, lengths[0]!, 1, 1));
};

const cutOut =
  (from: number, to: number, axis = 1, step = 1) =>
  (s: Scene) => {
    const whole = s.convolved(s.image(2, 32, 9, 7), s.weight(64, 32, 1, 1));
    const bounds = [from, to, axis, step].map((v) => s.constant(int64([v])));
    const cut = s.emit('Slice', [whole, ...bounds]);
    const channels = axis === 1 ? (from < 0 ? -from : (Math.min(to, 64) - from) / step) : 64;
    return s.convolved(cut, s.weight(32, channels, 1, 1));
  };

const cases: Readonly<Record<string, readonly Case[]>> = {
  'sums, differences and products': [
    ...['Sub', 'Mul'].map((op): Case => {
      const compose = (s: Scene) => {
        const x = s.image(2, 32, 9, 7);
        return s.conv(s.emit(op, [s.conv(x), s.conv(x)]));
      };
      return [`${op} of two`, compose, 'ReorderInput Conv Conv Conv ReorderOutput'];
    }),
    ...['Add', 'Sub', 'Mul'].map((op): Case => {
      return [
        `${op} of a value and itself`,
        (s) => {
          const x = s.conv();
          return s.conv(s.emit(op, [s.emit(op, [x, x]), x]));
        },
        kept,
      ];
    }),
    [
      'Sub from a value in order that a convolution reads on',
      (s) => s.conv(s.emit('Sub', [s.image(2, 32, 9, 7), s.conv()])),
      'ReorderInput Conv ReorderInput Conv ReorderOutput',
    ],
    [
      'Sub from a value in order that none reads on',
      (s) => s.emit('Sub', [s.image(2, 32, 9, 7), s.conv()]),
      'ReorderInput Conv ReorderOutput',
    ],
    [
      'Sub from a value that is as long as a convolution with strides makes its own',
      (s) => {
        const halved = s.convolved(s.image(2, 32, 9, 7), s.weight(32, 32, 1, 1), { strides: ints([2, 2]) });
        return s.conv(s.emit('Sub', [s.image(2, 32, 5, 4), halved]));
      },
      'ReorderInput Conv ReorderInput Conv ReorderOutput',
    ],
    [
      'Sub from one value for all positions of a convolution whose lengths are not known',
      (s) => {
        const attributes = { auto_pad: string('SAME_UPPER') };
        const padded = s.convolved(s.image(2, 32, 3, 3), s.weight(32, 32, 3, 3), attributes);
        return s.conv(s.emit('Sub', [s.image(2, 32, 1, 1), padded]));
      },
      apart,
    ],
    [
      'Add of one term for each channel',
      (s) => s.conv(s.emit('Add', [s.conv(), s.image(32, 1, 1)])),
      'ReorderInput Conv Conv Conv ReorderOutput',
    ],
    [
      'Add of one term for each position',
      (s) => s.conv(s.emit('Add', [s.conv(), s.image(1, 1, 9, 7)])),
      apart,
    ],
    ['Add of one term for each row', (s) => s.conv(s.emit('Add', [s.conv(), s.image(9, 1)])), apart],
    [
      'Add of one term for each channel of each sample',
      (s) => s.conv(s.emit('Add', [s.conv(), s.image(2, 32, 1, 1)])),
      apart,
    ],
    [
      'Add of a sample to all, which no convolution takes up',
      (s) => {
        const one = s.conv(s.image(1, 32, 9, 7));
        return s.conv(s.emit('Add', [s.conv(one), s.conv()]));
      },
      'ReorderInput Conv Conv ReorderInput Conv Conv ReorderOutput',
    ],
    [
      'a quotient of several',
      (s) => {
        const [x, y] = [s.conv(), s.conv()];
        const greater = s.emit('Max', [x, y, s.constant(scalar(0.25))]);
        return s.conv(
          s.emit('Div', [greater, s.emit('Sub', [greater, s.emit('Min', [x, y, s.constant(scalar(-1))])])]),
        );
      },
      'ReorderInput Conv ReorderInput Conv Conv ReorderOutput',
    ],
    ['Add of other lengths', (s) => s.conv(s.emit('Add', [s.conv(), s.image(2, 1, 9, 7)])), apart],
    ['Mul by one factor for each channel', scaled([32, 1, 1]), 'ReorderInput Conv Conv Conv ReorderOutput'],
    [
      'Mul by factors that stand first',
      scaled([32, 1, 1], true),
      'ReorderInput Conv Conv Conv ReorderOutput',
    ],
    ['Mul by factors of another form', scaled([1, 32, 1, 1]), 'ReorderInput Conv Conv Conv ReorderOutput'],
  ],
  choices: [
    [
      'between two',
      (s) => {
        const [x, y] = [s.conv(), s.conv()];
        return s.conv(s.emit('Where', [s.emit('Greater', [x, y]), y, s.constant(scalar(3))]));
      },
      'ReorderInput Conv ReorderInput Conv Conv ReorderOutput',
    ],
    [
      'that are read in order as well',
      (s) => {
        const x = s.conv();
        const chosen = s.emit('Less', [x, s.constant(scalar(0.1))]);
        const inner = s.emit('Where', [chosen, x, s.constant(scalar(3))]);
        const turned = s.emit('Cast', [s.emit('Transpose', [chosen], { perm: ints([0, 2, 3, 1]) })], {
          to: int(1),
        });
        return s.emit('Add', [s.emit('Transpose', [turned], { perm: ints([0, 3, 1, 2]) }), s.conv(inner)]);
      },
      'ReorderInput Conv ReorderOutput Conv ReorderOutput',
    ],
    [
      'that are given',
      (s) => {
        const given = s.emit('Greater', [s.image(2, 32, 9, 7), s.constant(scalar(0))]);
        return s.conv(s.emit('Where', [given, s.conv(), s.constant(scalar(3))]));
      },
      apart,
    ],
  ],
  'channels apart': [
    ['in equal parts', parts([16, 16]), 'ReorderInput Conv Conv ReorderOutput'],
    ['in uneven parts', parts([16, 48]), 'ReorderInput Conv Conv ReorderOutput'],
    ['in parts that fill no blocks', parts([20, 12]), 'ReorderInput Conv ReorderOutput'],
    ['some of the last', cutOut(-32, 2 ** 31), 'ReorderInput Conv Conv ReorderOutput'],
    ['some of the first', cutOut(0, 16), 'ReorderInput Conv Conv ReorderOutput'],
    ['some across blocks', cutOut(4, 36), apart],
    ['every other', cutOut(0, 64, 1, 2), apart],
    ['rows', cutOut(0, 4, 2), apart],
  ],
  'batch normalisation': [
    ['y = scale x + bias', normalised(0, 1, 0), 'ReorderInput Conv Conv Conv ReorderOutput'],
    ['with statistics', normalised(0.5, 2, 1e-3), 'ReorderInput Conv Conv Conv ReorderOutput'],
    [
      'with statistics that are computed',
      (s) => {
        const [x, each] = [s.conv(), perChannel(s)];
        const spread = s.emit('Exp', [each]);
        return s.conv(s.emit('BatchNormalization', [x, each, each, each, spread]));
      },
      'ReorderInput Conv Conv Conv ReorderOutput',
    ],
  ],
  'sums by channel': [
    ['over samples and positions', summed([0, 2, 3]), 'ReorderInput Conv'],
    ['as means over samples and positions', summed([0, 2, 3], undefined, 'ReduceMean'), 'ReorderInput Conv'],
    ['with axes kept', summed([0, 2, 3], {}), 'ReorderInput Conv ReorderOutput'],
    ['over positions alone', summed([2, 3]), 'ReorderInput Conv ReorderOutput'],
    ['over everything', summed(undefined), 'ReorderInput Conv ReorderOutput'],
  ],
  'phases spread over positions': [
    ['two by two', spread(2), kept],
    ['three by three', spread(3, 'DCR'), kept],
    ['in the other order', spread(2, 'CRD'), apart],
    [
      'to channels that do not fill blocks',
      (s) => {
        const phases = s.convolved(s.image(2, 32, 4, 3), s.weight(48, 32, 1, 1));
        const y = s.emit('DepthToSpace', [phases], { blocksize: int(2) });
        s.declare({ name: y, type: 'float32', shape: [2, 12, 8, 6] });
        return s.emit('Abs', [y]);
      },
      'ReorderInput Conv ReorderOutput',
    ],
  ],
  'channels one after another': [
    [
      'all in nchwc',
      (s) => {
        const x = s.image(2, 32, 9, 7);
        const joined = s.emit('Concat', [s.conv(x), s.convolved(x, s.weight(16, 32, 1, 1)), s.conv(x)], {
          axis: int(1),
        });
        return s.convolved(joined, s.weight(32, 80, 1, 1));
      },
      'ReorderInput Conv Conv Conv Conv ReorderOutput',
    ],
    [
      'one in order',
      (s) => {
        const joined = s.emit('Concat', [s.conv(), s.image(2, 32, 9, 7)], { axis: int(1) });
        return s.convolved(joined, s.weight(32, 64, 1, 1));
      },
      apart,
    ],
    [
      'rows instead',
      (s) => {
        const x = s.conv();
        return s.conv(s.emit('Concat', [x, x], { axis: int(2) }));
      },
      apart,
    ],
  ],
  windows: [
    ...['MaxPool', 'AveragePool'].flatMap((op): Case[] => [
      [`${op} of uneven windows`, between(op, pooled), `ReorderInput Conv ${op} Conv ReorderOutput`],
      [
        `${op} beside a convolution of the same image`,
        (s) => {
          const x = s.image(2, 32, 9, 7);
          const y = s.emit(op, [x], pooled);
          s.conv(x);
          return s.conv(y);
        },
        `ReorderInput ${op} Conv Conv ReorderOutput`,
      ],
      [
        `${op} of an image that no convolution reads`,
        (s) => {
          s.conv();
          return s.emit(op, [s.image(2, 32, 9, 7)], pooled);
        },
        'ReorderInput Conv',
      ],
      [`${op} of windows that reach over the end`, between(op, { ...pooled, ceil_mode: int(1) }), apart],
    ]),
    [
      'AveragePool that counts what is added around',
      between('AveragePool', { ...pooled, count_include_pad: int(1) }),
      'ReorderInput Conv AveragePool Conv ReorderOutput',
    ],
    ...['GlobalAveragePool', 'GlobalMaxPool'].map(
      (op): Case => [op, between(op), `ReorderInput Conv ${op} Conv ReorderOutput`],
    ),
    [
      'MaxPool in another order of storage, which says nothing of its values',
      between('MaxPool', { ...pooled, storage_order: int(1) }),
      'ReorderInput Conv MaxPool Conv ReorderOutput',
    ],
    [
      'MaxPool of windows with gaps',
      between('MaxPool', { kernel_shape: ints([2, 2]), dilations: ints([2, 2]) }),
      apart,
    ],
  ],
};

for (const [about, those] of Object.entries(cases)) {
  describe(`${about} give the same results in NCHWc`, () => {
    it.each(those)('%s', (_, compose, operators) => trials.expect(compose, operators));
  });
}

/** Pointwise operators with their attributes and bounds. */
const pointwise: Readonly<Record<string, readonly [Attributes, ...number[]]>> = {
  Clip: [{}, -0.5, 0.75],
  HardSigmoid: [{ alpha: float(0.3), beta: float(0.4) }],
  LeakyRelu: [{ alpha: float(0.2) }],
  Relu: [{}],
  Sigmoid: [{}],
  Tanh: [{}],
};

describe('pointwise operators give the same results in NCHWc', () => {
  for (const [op, [attributes, ...bounds]] of Object.entries(pointwise)) {
    const applied = (s: Scene, x: string) =>
      s.emit(op, [x, ...bounds.map((v) => s.constant(scalar(v)))], attributes);
    it(`${op} after a convolution with another reader`, () =>
      trials.expect((s) => {
        const x = s.conv();
        return s.conv(s.emit('Sub', [applied(s, x), x]));
      }, kept));
    it(`${op} fused into a convolution`, () =>
      trials.expect((s) => s.conv(applied(s, s.conv())), `ReorderInput Conv+${op} Conv ReorderOutput`));
  }
  it('a Clip with computed bounds is not fused', () =>
    trials.expect((s) => {
      const bound = s.emit('ReduceMax', [s.image(3)], { keepdims: int(0) });
      return s.conv(s.emit('Clip', [s.conv(), s.constant(scalar(-1)), bound]));
    }, kept));
});

it.each(['Shape', 'Size'])('%s reads NCHWc directly', (op) =>
  trials.expect((s) => s.emit(op, [s.conv()]), 'ReorderInput Conv', 'int64'),
);
