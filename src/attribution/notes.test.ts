import { afterAll, describe, expect, it } from 'vitest';
import { onnxRuntime } from '../engine/onnxruntime.js';
import { float, int, ints } from '../graph/attributes.js';
import { type Builder, startGraph } from '../graph/builder.js';
import { float32, int64, scalar } from '../graph/elements.js';
import type { Attribute } from '../graph/graph.js';
import { dataTypes } from '../graph/schema.js';
import { classifierOf } from '../model/load.js';
import { attribute } from './attribute.js';
import { flawsOf } from './notes.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());

const input = { data: Float32Array.of(1, 2, 3, 4, -1, -2, 3, 4), shape: [2, 1, 2, 2] };

const constantly = (number: number): Attribute => {
  const b = startGraph('branch');
  const output = b.emit('Identity', [b.constant(scalar(number))]);
  const graph = b.finish([], [{ name: output, type: 'float32', shape: [] }]);
  return { kind: 'graph', value: { ...graph, opsets: {} } };
};

const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });

/** Explains a network of `middle` on images `[N, 1, 2, 2]`, followed by a matrix product. */
async function notesOf(
  middle: (x: string, b: Builder) => string,
  method = 'gradient',
  precision = 'float32',
  options = {},
) {
  const b = startGraph('small');
  const flat = b.emit('Flatten', [middle('x', b)]);
  b.emit('MatMul', [flat, b.constant(float32([1, 2, 3, 4, 5, 6, 7, 8], [4, 2]))], {}, 'logits');
  const graph = b.finish([value('x', ['N', 1, 2, 2])], [value('logits', ['N', 2])]);
  const model = await classifierOf(graph, 'model', { engine, precision: precision as 'float32' });
  return attribute(model, method, input, [0, 1], options);
}

describe('the notes on a map', () => {
  it('are empty for a sound map', async () => {
    for (const method of ['gradient', 'integrated-gradients', 'deeplift', 'guided-backprop']) {
      const sound = (x: string, b: Builder) => b.relu(b.sub(x, 0.5));
      expect((await notesOf(sound, method)).notes, method).toEqual([]);
    }
  });

  it.each(['gradient', 'guided-backprop', 'lrp', 'occlusion'])(
    'say that the output itself is no number: %s',
    async (method) => {
      const { notes } = await notesOf((x, b) => b.emit('Sqrt', [x]), method);
      expect(notes[0]).toBe("the model's own output is NaN (sample 1): there is nothing to explain");
    },
  );

  it.each(['rise', 'scorecam'])(
    'say where zeros, which masks fade to, are no baseline: %s',
    async (method) => {
      const options = method === 'rise' ? { masks: 4, cells: 2 } : { layer: 'fallen' };
      const falling = (x: string, b: Builder) => b.emit('Neg', [b.emit('Abs', [x])], {}, 'fallen');
      const { compared, notes } = await notesOf(falling, method, 'float32', options);
      expect(compared).toMatchObject({ input: [-50, -60], baseline: [0, 0], fixed: true });
      expect(notes.join()).toMatch(
        /is 0.00, 0.00 at it, and -50.0, -60.0 at the input \(all 2 samples\); this method has no other: take one with an option 'baseline', as occlusion/,
      );
    },
  );

  it('say that values cancel behind the spread of a constant baseline', async () => {
    const spread = (x: string, b: Builder) => {
      const centred = b.sub(x, b.reduce('ReduceMean', x, [1, 2, 3]));
      const variance = b.reduce('ReduceMean', b.mul(centred, centred), [1, 2, 3]);
      return b.div(centred, b.add(b.emit('Sqrt', [variance]), 1e-6));
    };
    const { notes } = await notesOf(spread, 'deeplift');
    expect(notes.join()).toMatch(/the values of the map cancel: their magnitudes sum to/);
    const even = await notesOf(spread, 'deeplift', 'float32', {
      baseline: { data: Float32Array.of(1, -1, 2, -2), shape: [1, 2, 2] },
    });
    expect(even.notes.join()).not.toMatch(/cancel/);
  });

  it.each(['gradient', 'gradcam', 'deeplift'])(
    'are a refusal that says what to do with a file for one processor: %s',
    async (method) => {
      const b = startGraph('blocked');
      const attributes = { kernel_shape: ints([2, 2]), pads: ints([0, 0, 0, 0]) };
      const weights = float32(new Float32Array(64).fill(0.1), [16, 1, 2, 2]);
      const blocked = 'com.microsoft.nchwc';
      const conv = b.emit('Conv', ['x', b.constant(weights)], attributes, 'blocks');
      const back = b.emit('ReorderOutput', [conv], { channels: int(16) }, 'maps');
      b.emit('Flatten', [back], {}, 'logits');
      const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
      const made = b.finish([value('x', ['N', 1, 2, 2])], [value('logits', ['N', 16])]);
      const nodes = made.nodes.map((node) => (node.op === 'Flatten' ? node : { ...node, domain: blocked }));
      const graph = { ...made, nodes, opsets: { ...made.opsets, [blocked]: 1 } };
      const model = await classifierOf(graph, 'model', { engine, precision: 'float32' });
      await expect(attribute(model, method, input, [0, 1])).rejects.toThrow("level 'extended'");
    },
  );

  const flat: Readonly<Record<string, (x: string, b: Builder) => string>> = {
    Sign: (x, b) => b.emit('Sign', [x]),
    Greater: (x, b) => b.emit('Cast', [b.greater(x, 0)], { to: int(1) }),
    ArgMax: (x, b) => {
      const place = b.emit('ArgMax', [x], { axis: int(3), keepdims: int(1) });
      return b.mul(b.emit('Cast', [place], { to: int(1) }), b.constant(float32([1, 2])));
    },
  };
  it('name the operator whose places are computed with', async () => {
    const { notes } = await notesOf((x, b) => {
      const [, places] = b.emitAll('TopK', [b.emit('Flatten', [x]), b.constant(int64([4]))], 2);
      const doubled = b.emit('Add', [places!, places!]);
      return b.add(b.emit('Cast', [doubled], { to: int(1) }), b.emit('Flatten', [x]));
    });
    expect(notes).toEqual([expect.stringMatching(/^operator 'TopK' \(node '.*\) chooses by its values/)]);
  });

  it.each(Object.entries(flat))('name a flat operator beside another path: %s', async (op, middle) => {
    const { map, notes } = await notesOf((x, b) => b.add(middle(x, b), x));
    expect([...map.data]).toEqual([...(await notesOf((x) => x)).map.data]);
    if (op === 'Sign')
      expect(notes).toEqual([
        expect.stringMatching(/^operator 'Sign' \(node '.*\) is flat wherever it has a/),
      ]);
  });
  it.each(Object.entries(flat))('are no substitute for a refusal behind %s alone', async (op, middle) => {
    for (const method of ['gradient', 'integrated-gradients', 'guided-backprop'])
      await expect(notesOf(middle, method)).rejects.toThrow(
        new RegExp(
          `has no rule for operator '${op}' \\(node '.*no path leads around it; a method that only runs the network needs none, such as kernel-shap`,
        ),
      );
    const { map } = await notesOf(middle, 'occlusion', 'float32', { window: 1, stride: 1 });
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
    const { notes } = await notesOf((x, b) => b.add(middle(x, b), x));
    expect(notes).toEqual(
      Array(count).fill(expect.stringMatching(new RegExp(`^operator '${op}' .* leaps from one value`))),
    );
  });

  const zero: Readonly<Record<string, (x: string, b: Builder) => string>> = {
    'a rectifier that is off': (x, b) => b.relu(b.sub(x, 9)),
    'a constant in the shape of the image': (x, b) => b.emit('ConstantOfShape', [b.emit('Shape', [x])]),
  };
  it.each(Object.entries(zero))('report a zero map: %s', async (_, middle) => {
    const { notes } = await notesOf(middle);
    expect(notes).toEqual([expect.stringMatching(/^the map is zero everywhere.*all 2 samples/)]);
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
    [
      'a branch of constants',
      'Greater',
      (x, b) =>
        b.emit('If', [b.greater(mean(b, x), 0)], { then_branch: constantly(1), else_branch: constantly(2) }),
    ],
  ];
  it.each(choices)('name what chooses by its values: %s', async (_, op, middle) => {
    for (const join of [
      (b: Builder, x: string, y: string) => b.mul(x, y),
      (b: Builder, x: string, y: string) => b.add(x, y),
    ]) {
      const { notes } = await notesOf((x, b) => join(b, x, middle(x, b)));
      expect(notes[0]).toMatch(new RegExp(`^operator '${op}' .* chooses by its values`));
    }
  });
  it.each(choices)(
    'are no substitute for a refusal where nothing else is left: %s',
    async (_, __, middle) => {
      await expect(
        notesOf((x, b) => b.mul(b.emit('ConstantOfShape', [b.emit('Shape', [x])]), middle(x, b))),
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
      expect((await notesOf(pooled)).notes).toEqual([]);
    }
  });

  it('report that quantisation was treated as the identity', async () => {
    const { notes } = await notesOf((x, b) => {
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
    const rounded = await notesOf((x, b) => b.mul(b.emit('Round', [b.div(x, 0.1)]), 0.1));
    expect(rounded.notes).toEqual([expect.stringMatching(/operator 'Round'.*taken for the identity$/)]);
    expect([...rounded.map.data]).toEqual([...(await notesOf((x) => x)).map.data]);
  });

  it.each(['guided-backprop', 'deconvolution'])('report that %s found no rectifier', async (method) => {
    expect((await notesOf((x, b) => b.tanh(x), method)).notes).toEqual([
      'the model has no ReLU or ReLU6: the map is the gradient',
    ]);
  });

  it('report a composite that comes down to the epsilon rule, where it does', async () => {
    const of = async (options: object, middle = (x: string, b: Builder) => b.relu(x)) =>
      (await notesOf(middle, 'lrp', 'float32', options)).notes;
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
    expect((await notesOf(beside, 'guided-backprop')).notes).toEqual([
      'the model has no ReLU or ReLU6: the map is the gradient',
    ]);
  });

  it('report a large residual', async () => {
    const { notes } = await notesOf(
      (x, b) => b.add(b.emit('Sign', [b.add(x, 0.5)]), b.mul(x, 0.01)),
      'integrated-gradients',
    );
    expect(notes.some((note) => note.startsWith('the completeness residual is'))).toBe(true);
  });

  it('say that the baseline has a greater output than the input', async () => {
    const found = await notesOf((x, b) => b.neg(b.relu(x)), 'integrated-gradients');
    expect(found.compared!.baseline).toEqual([0, 0]);
    expect(found.notes.slice(-1)).toEqual([
      'the baseline does not stand for "nothing there": the target\'s output is 0.00, 0.00 at it, and -50.0, -50.0 at the input (all 2 samples); choose another baseline',
    ]);
  });

  it.each([
    ...['integrated-gradients', 'guided-ig', 'blur-ig', 'gradient-shap', 'xrai', 'extremal'],
    ...['deeplift', 'deeplift-shap', 'occlusion', 'rise', 'feature-ablation', 'shapley-exact'],
  ])('say that the model takes the baseline for the target: %s', async (method) => {
    const biased = (x: string, b: Builder) =>
      b.add(b.relu(x), b.constant(float32([0, 0, 2, 0], [1, 1, 2, 2])));
    const { notes, compared } = await notesOf(biased, method);
    expect(compared!.probability![1]).toBeGreaterThan(0.8);
    expect(notes.join()).toMatch(/the model gives the target a probability of [01]\.\d+ at it \(sample 1\)/);
  });

  it('say that a probability is assumed, where a method follows it', async () => {
    const one = async (method: string, options: Record<string, unknown>) => {
      const b = startGraph('one');
      b.emit('ReduceSum', [b.emit('Flatten', ['x']), b.constant(int64([1]))], {}, 'score');
      const graph = b.finish([value('x', ['N', 1, 2, 2])], [value('score', ['N', 1])]);
      const model = await classifierOf(graph, 'model', { engine });
      return (await attribute(model, method, input, [0, 0], options)).notes.join();
    };
    const said = 'probabilities are the sigmoid of the output (of one output; head regression';
    expect(await one('rise', { masks: 4 })).toContain(said);
    expect(await one('shapley-exact', { quantity: 'probability' })).toContain(said);
    expect(await one('shapley-exact', {})).not.toContain(said);
  });

  it.each(['integrated-gradients', 'deeplift', 'kernel-shap', 'feature-ablation'])(
    'say that the model has no output at the baseline: %s',
    async (method) => {
      const byItsMean = (x: string, b: Builder) =>
        b.emit('Div', [x, b.emit('ReduceMean', [b.emit('Abs', [x]), b.constant(int64([1, 2, 3]))])]);
      const { notes } = await notesOf(byItsMean, method);
      expect(notes).toContain(
        "the model's output at the baseline is NaN (all 2 samples); choose another baseline",
      );
    },
  );

  it('list the samples with a flaw', () => {
    const map = { data: Float32Array.of(0, 0, 1, Number.NaN, 3, 4, 1e-20, 0, -5, -5), shape: [5, 2] };
    const compared = { input: [1, 1, 1, 1, 1], baseline: [0, 1, 2, -1, 0] };
    expect(flawsOf({ map, residual: [0, 0, 8, 1, 0], compared })).toEqual({
      empty: [0, 3],
      flat: [4],
      infinite: [1],
      unexplained: [2, 3],
      cancelling: [],
      outdone: [1, 2],
      taken: [],
      unconverged: [],
    });
  });

  it('call a map that is not finite neither zero nor flat nor cancelling', () => {
    const { NaN: none, POSITIVE_INFINITY: most } = Number;
    const map = { data: Float32Array.of(none, 0, 0, none, most, 1, 1, most, most, most), shape: [5, 2] };
    const compared = { input: [1, 1, 1, 1, 1], baseline: [0, 0, 0, 0, 0] };
    const { empty, flat, cancelling, infinite } = flawsOf({ map, compared });
    expect({ empty, flat, cancelling, infinite }).toEqual({
      ...{ empty: [], flat: [], cancelling: [] },
      infinite: [0, 1, 2, 3, 4],
    });
  });
});

describe('powers of rectified values', () => {
  it.each([2, 3, 0.5, 1.5])('have finite multipliers that sum to the difference: %f', async (power) => {
    const found = await notesOf((x, b) => b.pow(b.relu(x), power), 'deeplift');
    expect(found.notes).toEqual([]);
    for (const left of found.residual!) expect(Math.abs(left)).toBeLessThan(1e-3);
  });
});

describe('in float64', () => {
  it('IsNaN and IsInf are supported', async () => {
    const { made } = await notesOf(
      (x, b) => b.where(b.emit('IsNaN', [x]), 0, b.where(b.emit('IsInf', [x]), 0, b.relu(x))),
      'gradient',
      'float64',
    );
    expect(made.precision).toBe('float64');
  });

  it('an operator without a float64 form is named', async () => {
    const det = (x: string, b: Builder) => b.add(x, b.unsqueeze(b.emit('Det', [x]), [2, 3]));
    await expect(notesOf(det, 'gradient', 'float64')).rejects.toThrow("operator 'Det' (node 'sl.Det.");
  });
});
