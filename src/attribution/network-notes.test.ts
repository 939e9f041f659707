import { describe, expect, it } from 'vitest';
import { float, int } from '../graph/attributes.js';
import type { Builder } from '../graph/builder.js';
import { float32, int64, scalar } from '../graph/elements.js';
import { dataTypes } from '../graph/schema.js';
import { explained } from '../testing/networks/two-by-two.js';

describe('the notes on the operators of a network', () => {
  const flat: Readonly<Record<string, (x: string, b: Builder) => string>> = {
    Sign: (x, b) => b.emit('Sign', [x]),
    Greater: (x, b) => b.emit('Cast', [b.greater(x, 0)], { to: int(1) }),
    ArgMax: (x, b) => {
      const place = b.emit('ArgMax', [x], { axis: int(3), keepdims: int(1) });
      return b.mul(b.emit('Cast', [place], { to: int(1) }), b.constant(float32([1, 2])));
    },
  };
  it('name the operator whose places are computed with', async () => {
    const { notes } = await explained((x, b) => {
      const [, places] = b.emitAll('TopK', [b.emit('Flatten', [x]), b.constant(int64([4]))], 2);
      const doubled = b.emit('Add', [places!, places!]);
      return b.add(b.emit('Cast', [doubled], { to: int(1) }), b.emit('Flatten', [x]));
    });
    expect(notes).toEqual([expect.stringMatching(/^operator 'TopK' \(node '.*\) chooses by its values/)]);
  });

  it.each(Object.entries(flat))('name a flat operator beside another path: %s', async (op, middle) => {
    const { map, notes } = await explained((x, b) => b.add(middle(x, b), x));
    expect([...map.data]).toEqual([...(await explained((x) => x)).map.data]);
    if (op === 'Sign')
      expect(notes).toEqual([
        expect.stringMatching(/^operator 'Sign' \(node '.*\) is flat wherever it has a/),
      ]);
  });
  it.each(Object.entries(flat))('are no substitute for a refusal behind %s alone', async (op, middle) => {
    for (const method of ['gradient', 'integrated-gradients', 'guided-backprop'])
      await expect(explained(middle, method)).rejects.toThrow(
        new RegExp(
          `has no rule for operator '${op}' \\(node '.*no path leads around it; a method that only runs the network needs none, such as kernel-shap`,
        ),
      );
    const { map } = await explained(middle, 'occlusion', 'float32', { window: 1, stride: 1 });
    expect(map.data.some((value) => value !== 0)).toBe(true);
  });

  const broken: readonly (readonly [string, number, (x: string, b: Builder) => string])[] = [
    ['Mod', 1, (x, b) => b.emit('Mod', [x, b.constant(scalar(0.5))], { fmod: int(1) })],
    ['ThresholdedRelu', 1, (x, b) => b.emit('ThresholdedRelu', [x], { alpha: float(0.3) })],
    ['ThresholdedRelu', 0, (x, b) => b.emit('ThresholdedRelu', [x], { alpha: float(0) })],
    ['Shrink', 1, (x, b) => b.emit('Shrink', [x], { lambd: float(0.2) })],
    ['Shrink', 0, (x, b) => b.emit('Shrink', [x], { lambd: float(0.2), bias: float(0.2) })],
  ];
  it.each(broken)('name an operator that leaps: %s, %i', async (op, count, middle) => {
    const { notes } = await explained((x, b) => b.add(middle(x, b), x));
    expect(notes).toEqual(
      Array(count).fill(expect.stringMatching(new RegExp(`^operator '${op}' .* leaps from one value`))),
    );
  });

  const to = (b: Builder, x: string, type: keyof typeof dataTypes) =>
    b.emit('Cast', [x], { to: int(dataTypes[type]) });
  const whole = (b: Builder, x: string) => b.emit('Clip', [to(b, x, 'int64'), zeroInt(b), b.constant(one)]);
  const one = { type: 'int64', data: BigInt64Array.of(1n), shape: [] } as const;
  const zeroInt = (b: Builder) => b.constant({ ...one, data: BigInt64Array.of(0n) });
  const place = (b: Builder, x: string) => b.emit('ArgMax', [x], { axis: int(3), keepdims: int(1) });
  const table = (b: Builder) => b.constant(float32([1, 2], [2]));
  const mean = (b: Builder, x: string) => b.emit('ReduceMean', [x], { keepdims: int(0) });
  const found = (b: Builder, x: string) => b.emit('NonZero', [b.relu(x)]);
  /** How many pixels are not 0, by the length of the list of their places. */
  const count = (b: Builder, x: string) =>
    b.emit('Gather', [b.emit('Shape', [b.transpose(found(b, x), [1, 0])]), zeroInt(b)]);
  const choices: readonly (readonly [string, string, (x: string, b: Builder) => string])[] = [
    ['the place of a maximum', 'ArgMax', (x, b) => b.emit('Gather', [table(b), place(b, x)])],
    ['a comparison', 'Greater', (x, b) => to(b, b.greater(x, 2), 'float32')],
    ['one of two numbers', 'Greater', (x, b) => b.where(b.greater(x, 2), 3, 1)],
    ['what is no number', 'IsNaN', (x, b) => to(b, b.emit('IsNaN', [x]), 'float32')],
    ['a truth value', 'Cast', (x, b) => to(b, to(b, b.relu(x), 'bool'), 'float32')],
    ['a row of a table', 'Gather', (x, b) => b.emit('Gather', [table(b), whole(b, x)])],
    ['a bin', 'OneHot', (x, b) => mean(b, b.emit('OneHot', [whole(b, x), b.constant(int64([2])), table(b)]))],
    [
      'a bin of the greatest',
      'ArgMax',
      (x, b) => mean(b, b.emit('OneHot', [place(b, x), b.constant(int64([2])), table(b)])),
    ],
    [
      'as many numbers as places',
      'NonZero',
      (x, b) =>
        mean(
          b,
          b.emit('Expand', [
            b.constant(scalar(1)),
            b.emit('Max', [b.unsqueeze(count(b, x), [0]), b.constant(int64([1]))]),
          ]),
        ),
    ],
    [
      'a place that is set',
      'ScatterElements',
      (x, b) => {
        const at = b.unsqueeze(whole(b, mean(b, x)), [0]);
        return mean(b, b.emit('ScatterElements', [table(b), at, b.constant(float32([5], [1]))]));
      },
    ],
    [
      'what is equal after rounding down',
      'Equal',
      (x, b) => to(b, b.emit('Equal', [to(b, x, 'int32'), to(b, b.mul(x, 2), 'int32')]), 'float32'),
    ],
    ['both of two comparisons', 'Greater', (x, b) => to(b, b.and(b.greater(x, 0), b.less(x, 3)), 'float32')],
  ];
  it.each(choices)('name what chooses by its values: %s', async (_, op, middle) => {
    for (const join of [
      (b: Builder, x: string, y: string) => b.mul(x, y),
      (b: Builder, x: string, y: string) => b.add(x, y),
    ]) {
      const { notes } = await explained((x, b) => join(b, x, middle(x, b)));
      expect(notes[0]).toMatch(new RegExp(`^operator '${op}' .* chooses by its values`));
    }
  });
  it.each(choices)('of class activation maps are on what follows the layer: %s', async (_, op, middle) => {
    const kernel = (b: Builder) => b.constant(float32([1], [1, 1, 1, 1]));
    const before = await explained((x, b) => b.emit('Conv', [b.mul(x, middle(x, b)), kernel(b)]), 'gradcam');
    expect(before.notes.join()).not.toMatch(/chooses by its values/);
    const behind = await explained(
      (x, b) => {
        const map = b.emit('Conv', [x, kernel(b)], {}, 'map');
        return b.mul(map, middle(map, b));
      },
      'gradcam',
      'float32',
      { layer: 'map' },
    );
    expect(behind.notes.join()).toMatch(new RegExp(`operator '${op}' .* chooses by its values`));
  });
  it.each(choices)(
    'are no substitute for a refusal where nothing else is left: %s',
    async (_, __, middle) => {
      await expect(
        explained((x, b) => b.mul(b.emit('ConstantOfShape', [b.emit('Shape', [x])]), middle(x, b))),
      ).rejects.toThrow(/no path leads around it;/);
    },
  );
  it('pass over a choice of what is computed with', async () => {
    const chosen: ((x: string, b: Builder) => string)[] = [
      (x, b) => b.mul(x, b.emit('CastLike', [b.constant(scalar(2)), x])),
      (x, b) => b.where(b.greater(x, 0), x, b.mul(x, 3)),
      (x, b) => b.where(b.greater(to(b, b.greater(x, 0), 'float32'), 0.5), x, 0),
      (x, b) => b.emit('GatherElements', [x, place(b, x)], { axis: int(3) }),
    ];
    for (const middle of chosen) {
      const pooled = (x: string, b: Builder) =>
        b.mul(b.emit('ReduceMean', [middle(x, b), b.constant(int64([3]))]), b.constant(float32([1, 2])));
      expect((await explained(pooled)).notes).toEqual([]);
    }
  });

  it('report that quantisation was treated as the identity', async () => {
    const { notes } = await explained((x, b) => {
      const [s, z] = [
        b.constant(scalar(0.1)),
        b.constant({ type: 'int8', data: Int8Array.of(0), shape: [] }),
      ];
      return b.emit('DequantizeLinear', [b.emit('QuantizeLinear', [x, s, z]), s, z]);
    });
    expect(notes).toHaveLength(1);
    expect(notes[0]).toContain("operator 'QuantizeLinear'");
  });

  it('report that hand-written rounding was treated as the identity', async () => {
    const rounded = await explained((x, b) => b.mul(b.emit('Round', [b.div(x, 0.1)]), 0.1));
    expect(rounded.notes).toEqual([expect.stringMatching(/operator 'Round'.*taken for the identity$/)]);
    expect([...rounded.map.data]).toEqual([...(await explained((x) => x)).map.data]);
  });

  it.each(['guided-backprop', 'deconvolution'])('report that %s found no rectifier', async (method) => {
    expect((await explained((x, b) => b.tanh(x), method)).notes).toEqual([
      'the model has no ReLU or ReLU6: the map is the gradient',
    ]);
  });

  it.each(['guided-backprop', 'deconvolution'])(
    'report that %s found no rectifier but bounds of a scale',
    async (method) => {
      const dynamic = (x: string, b: Builder) => {
        const [values, scale, zero] = b.emitAll('DynamicQuantizeLinear', [b.tanh(x)], 3);
        return b.emit('DequantizeLinear', [values!, scale!, zero!]);
      };
      const [changed, plain] = [await explained(dynamic, method), await explained(dynamic)];
      expect([...changed.map.data]).toEqual([...plain.map.data]);
      expect(changed.notes).toContain('the model has no ReLU or ReLU6: the map is the gradient');
      const rectified = await explained((x, b) => dynamic(b.relu(b.sub(x, 1)), b), method);
      expect(rectified.notes.join()).not.toContain('no ReLU');
    },
  );

  it('report NaN where a mask hides every score, and follow the rest as without it', async () => {
    const shares = (x: string, b: Builder, scores: string) => b.mul(b.emit('Softmax', [scores]), x);
    const flat = (x: string, b: Builder) => b.emit('Flatten', [x]);
    const plain = (x: string, b: Builder) => shares(flat(x, b), b, flat(x, b));
    const absent = (b: Builder) => b.constant(scalar(Number.NEGATIVE_INFINITY));
    const chosen = (x: string, b: Builder) => {
      const [row, most] = [flat(x, b), b.reduce('ReduceMax', b.emit('Abs', [x]), [1, 2, 3])];
      return [row, b.greater(b.reshape(most, [-1, 1]), 0)] as const;
    };
    const members: Readonly<Record<string, (x: string, b: Builder) => string>> = {
      Where: (x, b) => {
        const [row, kept] = chosen(x, b);
        return shares(row, b, b.where(kept, row, absent(b)));
      },
      Add: (x, b) => {
        const [row, kept] = chosen(x, b);
        return shares(row, b, b.mul(b.add(b.div(row, 0.5), b.where(kept, 0, absent(b))), 0.5));
      },
    };
    for (const middle of Object.values(members)) {
      for (const method of ['gradient', 'lrp']) {
        const [masked, whole] = [await explained(middle, method), await explained(plain, method)];
        for (const [i, value] of masked.map.data.entries()) expect(value).toBeCloseTo(whole.map.data[i]!, 5);
      }
      const { notes } = await explained(middle, 'integrated-gradients');
      expect(notes).toContain(
        "the model's output at the baseline is NaN (all 2 samples); choose another baseline",
      );
    }
  });

  it('report a composite that comes down to the epsilon rule, where it does', async () => {
    const of = async (options: object, middle = (x: string, b: Builder) => b.relu(x)) =>
      (await explained(middle, 'lrp', 'float32', options)).notes;
    expect(await of({})).toEqual([
      "in this model composite 'epsilon-plus' uses the epsilon rule alone: the map is that of 'epsilon'",
    ]);
    const kernel = (x: string, b: Builder) =>
      b.emit('Conv', [x, b.constant(float32([1, -1, 1, -1], [1, 1, 2, 2]))], {
        pads: { kind: 'ints', value: [0, 0, 1, 1] },
      });
    for (const options of [{}, { composite: 'epsilon' }, { composite: 'gamma' }])
      expect((await of(options, kernel)).filter((note) => note.includes('composite'))).toEqual([]);
  });

  it('report that the only rectifiers are off the way to the output', async () => {
    const beside = (x: string, b: Builder) => {
      b.relu(b.mul(x, 2));
      return b.tanh(x);
    };
    expect((await explained(beside, 'guided-backprop')).notes).toEqual([
      'the model has no ReLU or ReLU6: the map is the gradient',
    ]);
  });
});
