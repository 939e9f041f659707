import { describe, expect, it } from 'vitest';
import { int, ints } from '../graph/attributes.js';
import { type Builder, startGraph } from '../graph/builder.js';
import { float32, int64 } from '../graph/elements.js';
import { explained, input, modelOf, value } from '../testing/networks/two-by-two.js';
import { attribute } from './attribute.js';
import { meanInWords } from './input/targets.js';
import { flawsOf, notesOn, wholeOf } from './notes.js';

describe('the notes on a map', () => {
  it('are empty for a sound map', async () => {
    for (const method of ['gradient', 'integrated-gradients', 'deeplift', 'guided-backprop']) {
      const sound = (x: string, b: Builder) => b.relu(b.sub(x, 0.5));
      expect((await explained(sound, method)).notes, method).toEqual([]);
    }
  });

  it.each(['gradient', 'guided-backprop', 'lrp', 'occlusion'])(
    'say that the output itself is no number: %s',
    async (method) => {
      const { notes } = await explained((x, b) => b.emit('Sqrt', [x]), method);
      expect(notes[0]).toBe("the model's own output is NaN (sample 1): there is nothing to explain");
    },
  );

  it.each(['gradient', 'input-x-gradient', 'guided-backprop', 'smoothgrad', 'integrated-gradients'])(
    'say so where the derivative is a number nevertheless: %s',
    async (method) => {
      const { map, notes } = await explained((x, b) => b.emit('Log', [x]), method);
      expect(notes[0]).toBe("the model's own output is NaN (sample 1): there is nothing to explain");
      expect(map.data.subarray(0, 4).every(Number.isFinite)).toBe(true);
    },
  );

  it.each(['rise', 'scorecam'])(
    'say where zeros, which masks fade to, are no baseline: %s',
    async (method) => {
      const options = method === 'rise' ? { masks: 4, cells: 2 } : { layer: 'fallen' };
      const falling = (x: string, b: Builder) => b.emit('Neg', [b.emit('Abs', [x])], {}, 'fallen');
      const { compared, notes } = await explained(falling, method, 'float32', options);
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
    const { notes } = await explained(spread, 'deeplift');
    expect(notes.join()).toMatch(/the values of the map cancel: their magnitudes sum to/);
    const even = await explained(spread, 'deeplift', 'float32', {
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
      const model = await modelOf(graph);
      await expect(attribute(model, method, input, [0, 1])).rejects.toThrow("level 'extended'");
    },
  );

  const zero: Readonly<Record<string, (x: string, b: Builder) => string>> = {
    'a rectifier that is off': (x, b) => b.relu(b.sub(x, 9)),
    'a constant in the shape of the image': (x, b) => b.emit('ConstantOfShape', [b.emit('Shape', [x])]),
  };
  it.each(Object.entries(zero))('report a zero map: %s', async (_, middle) => {
    const { notes } = await explained(middle);
    expect(notes).toEqual([expect.stringMatching(/^the map is zero everywhere.*all 2 samples/)]);
  });

  it('report a large residual', async () => {
    const { notes } = await explained(
      (x, b) => b.add(b.emit('Sign', [b.add(x, 0.5)]), b.mul(x, 0.01)),
      'integrated-gradients',
    );
    expect(notes.some((note) => note.startsWith('the completeness residual is'))).toBe(true);
  });

  it('say that the baseline has a greater output than the input', async () => {
    const found = await explained((x, b) => b.neg(b.relu(x)), 'integrated-gradients');
    expect(found.compared!.baseline).toEqual([0, 0]);
    expect(found.notes.slice(-1)).toEqual([
      'the baseline does not stand for "nothing there": the target\'s output is 0.00, 0.00 at it, and -50.0, -50.0 at the input (all 2 samples); choose another baseline',
    ]);
  });

  it.each(['integrated-gradients', 'occlusion', 'shapley-exact', 'rise'])(
    'ask of a quantity no less at the baseline than at the input: %s',
    async (method) => {
      const b = startGraph('falling');
      b.emit('ReduceSum', [b.emit('Flatten', [b.neg('x')]), b.constant(int64([1]))], {}, 'size');
      const graph = b.finish([value('x', ['N', 1, 2, 2])], [value('size', ['N', 1])]);
      const notesOf = async (head: 'regression' | 'sigmoid') => {
        const options = method === 'rise' ? { masks: 4, cells: 2, quantity: 'logit' } : {};
        const model = await modelOf(graph, 'float32', { head });
        return (await attribute(model, method, input, [0, 0], options)).notes.join();
      };
      expect(await notesOf('sigmoid')).toContain('does not stand for "nothing there"');
      expect(await notesOf('regression')).not.toContain('nothing there');
    },
  );

  it.each([
    ...['integrated-gradients', 'guided-ig', 'blur-ig', 'gradient-shap', 'xrai', 'extremal'],
    ...['deeplift', 'deeplift-shap', 'occlusion', 'rise', 'feature-ablation', 'shapley-exact'],
  ])('say that the model takes the baseline for the target: %s', async (method) => {
    const biased = (x: string, b: Builder) =>
      b.add(b.relu(x), b.constant(float32([0, 0, 2, 0], [1, 1, 2, 2])));
    const { notes, compared } = await explained(biased, method);
    expect(compared!.baselineProbability![1]).toBeGreaterThan(0.8);
    expect(notes.join()).toMatch(
      /the model gives the target a probability of [01]\.\d+ at it \((mean over 2 baselines; )?sample 1\)/,
    );
  });

  it('say that a probability is assumed, where a method follows it', async () => {
    const one = async (method: string, options: Record<string, unknown>) => {
      const b = startGraph('one');
      b.emit('ReduceSum', [b.emit('Flatten', ['x']), b.constant(int64([1]))], {}, 'score');
      const graph = b.finish([value('x', ['N', 1, 2, 2])], [value('score', ['N', 1])]);
      const model = await modelOf(graph);
      return (await attribute(model, method, input, [0, 0], options)).notes.join();
    };
    const said = 'probabilities are the sigmoid of the output (of one output; head regression';
    expect(await one('rise', { masks: 4 })).toContain(said);
    expect(await one('shapley-exact', { quantity: 'probability' })).toContain(said);
    expect(await one('shapley-exact', {})).not.toContain(said);
  });

  it.each(['integrated-gradients', 'rise', 'occlusion'])(
    'say that what is taken for a probability is none: %s',
    async (method) => {
      const b = startGraph('one');
      b.emit('ReduceSum', [b.emit('Flatten', ['x']), b.constant(int64([1]))], {}, 'score');
      const graph = b.finish([value('x', ['N', 1, 2, 2])], [value('score', ['N', 1])]);
      const notesOf = async (head: 'probability' | 'sigmoid') =>
        (await attribute(await modelOf(graph, 'float32', { head }), method, input, [0, 0])).notes.join();
      expect(await notesOf('probability')).toMatch(/is taken for a probability and is \d+\.0: it is none/);
      expect(await notesOf('sigmoid')).not.toContain('it is none');
    },
  );

  it.each(['integrated-gradients', 'deeplift', 'kernel-shap', 'feature-ablation'])(
    'say that the model has no output at the baseline: %s',
    async (method) => {
      const byItsMean = (x: string, b: Builder) =>
        b.emit('Div', [x, b.emit('ReduceMean', [b.emit('Abs', [x]), b.constant(int64([1, 2, 3]))])]);
      const { notes } = await explained(byItsMean, method);
      expect(notes).toContain(
        "the model's output at the baseline is NaN (all 2 samples); choose another baseline",
      );
    },
  );

  it.each([
    ['deeplift-shap', {}, [3, 3]],
    ['gradient-shap', { samples: 40 }, [3, 3]],
    ['expected-gradients', { samples: 40 }, [3, 3]],
    ['expected-gradients', { draws: [0, 2].map((b) => ({ alpha: [0.5, 0.5], baseline: [1, b] })) }, [2, 2]],
    ['deeplift', {}, undefined],
  ] as const)('count the baselines whose outputs are averaged: %s', async (method, options, count) => {
    const baselines = { data: new Float32Array(12).fill(9), shape: [3, 1, 2, 2] };
    const given = method === 'deeplift' ? options : { baselines, ...options };
    const { compared, notes } = await explained((x) => x, method, 'float32', given);
    expect(compared?.baselines).toEqual(count);
    const said = notes.filter((note) => note.includes('stand for "nothing there"')).join();
    if (count) expect(said).toContain(` at it (mean over ${count[0]} baselines), and `);
    else expect(said).not.toContain('mean');
    expect(meanInWords({ baselines: [2, 3] })).toBe('mean over 2, 3 baselines');
    expect(meanInWords({ baselines: [1, 1] })).toBe('');
  });

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

  it.each([
    ['of a map within rounding', [5, 5, 5.000001], 'the map is flat: it has one value everywhere (sample 0)'],
    [
      'of a positive one',
      [4, 3.99, 4],
      'the map is almost flat: its values differ by at most 0.25 % of the greatest (sample 0)',
    ],
    ['of a negative one', [-1, -0.992, -1], '0.80 % of the greatest (sample 0)'],
    ['of none that is told apart', [1, 0.98, 1], undefined],
    ['of none of both signs', [1e-3, -1e-3, 0], undefined],
  ])('say how flat a map is: %s', async (_, values, said) => {
    const b = startGraph('one');
    b.emit('Flatten', ['x'], {}, 'score');
    const model = await modelOf(
      b.finish([value('x', ['N', 1, 1, 3])], [value('score', ['N', 3])]),
      'float32',
    );
    const map = { data: Float32Array.from(values), shape: [1, 1, 1, 3] };
    const made = { map, evaluations: { forward: 1, backward: 0 } };
    const { single } = notesOn({ ...made, flaws: flawsOf(made) }, model, wholeOf(1));
    expect(single).toEqual(said === undefined ? [] : [expect.stringContaining(said)]);
  });

  it('take a residual for none where rounding leaves it', () => {
    const map = { data: Float32Array.of(0, 0, 0, 0), shape: [2, 2] };
    expect(flawsOf({ map, residual: [3e-21, 1e-3] }).unexplained).toEqual([1]);
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
