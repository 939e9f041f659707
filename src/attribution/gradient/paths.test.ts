import { afterAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { onnxRuntime } from '../../engine/onnxruntime.js';
import { float, ints } from '../../graph/attributes.js';
import { startGraph } from '../../graph/builder.js';
import { float32 } from '../../graph/elements.js';
import type { Graph } from '../../graph/graph.js';
import { classifierOf } from '../../model/load.js';
import { gaussianBlur } from '../../tensor/blur.js';
import { resizeBilinear } from '../../tensor/resize.js';
import { concatenate, sizeOf, type Tensor } from '../../tensor/tensor.js';
import { type Array64, array64 } from '../../testing/reference/arrays.js';
import { difference } from '../../testing/reference/differences.js';
import { interpret } from '../../testing/reference/interpret.js';
import { tinyTransformer } from '../../testing/tiny-transformer.js';
import { attribute } from '../attribute.js';
import { noiseKeys, noisesOf } from '../program/noise.js';
import { startPath } from './guided-path.js';

const engine = onnxRuntime();
afterAll(() => engine.dispose());
const random = seededRandom('paths');
const normal = (shape: readonly number[], scale = 1) =>
  float32(
    Float32Array.from({ length: sizeOf(shape) }, () => scale * random.normal()),
    shape,
  );

const images = (count: number, height: number, width: number): Tensor => ({
  data: Float32Array.from({ length: count * height * width }, () => random.normal()),
  shape: [count, 1, height, width],
});

/**
 * Conv, BatchNormalization, Tanh, strided Conv with bias, ReLU, mean, linear: one biased layer of every kind.
 */
function network(): Graph {
  const b = startGraph('biased');
  const kernel = (stride: number) => ({
    kernel_shape: ints([3, 3]),
    pads: ints([1, 1, 1, 1]),
    strides: ints([stride, stride]),
  });
  const first = b.emit('Conv', ['image', b.constant(normal([2, 1, 3, 3]))], kernel(1), 'first');
  const positive = float32(Float32Array.of(0.7, 1.9));
  const statistics = [normal([2]), normal([2]), normal([2]), positive].map((c) => b.constant(c));
  const norm = b.emit('BatchNormalization', [first, ...statistics], { epsilon: float(1e-5) }, 'norm');
  const curve = b.emit('Tanh', [norm], {}, 'curve');
  const second = b.emit(
    'Conv',
    [curve, b.constant(normal([3, 2, 3, 3], 0.5)), b.constant(normal([3]), 'bias')],
    kernel(2),
    'second',
  );
  const pooled = b.emit('GlobalAveragePool', [b.emit('Relu', [second])]);
  const flat = b.emit('Flatten', [pooled]);
  const logits = b.emit('Gemm', [flat, b.constant(normal([3, 2])), b.constant(normal([2]))], {}, 'logits');
  return b.finish(
    [{ name: 'image', type: 'float32', shape: ['N', 1, 6, 6] }],
    [{ name: logits, type: 'float32', shape: ['N', 2] }],
  );
}

const graph = network();
const input = images(2, 6, 6);
const targets = [1, 0];
const seed = array64([0, 1, 1, 0], [2, 2]);
/** The gradient with respect to a value by central differences. */
const differences = (of: Graph, feeds: Readonly<Record<string, Array64>>, value: string) =>
  feeds[value]!.data.map((_, i) => {
    const direction = new Float64Array(feeds[value]!.data.length).fill(1, i, i + 1);
    return difference(of, feeds, { logits: seed }, value, direction);
  });
const slopesAt = (image: Array64) => differences(graph, { image }, 'image');
const explain = async (method: string, options = {}) =>
  attribute(await classifierOf(graph, 'biased', { engine }), method, input, targets, options);
const logitsAt = (image: Array64) =>
  [...interpret(graph, { image }).get('logits')!.data].filter((_, i) => seed.data[i] === 1);
const wide = ({ data, shape }: Tensor): Array64 => array64(data, shape);
const sums = (map: Tensor) =>
  [0, 1]
    .map((n) => map.data.subarray((n * map.data.length) / 2, ((n + 1) * map.data.length) / 2))
    .map((row) => row.reduce((a, b) => a + b));
const close = (got: ArrayLike<number>, want: ArrayLike<number>, digits = 4) => {
  expect(got.length).toBe(want.length);
  for (let i = 0; i < want.length; i++) expect(got[i]).toBeCloseTo(want[i]!, digits);
};

describe('blur-ig', () => {
  it('is the trapezoidal sum of gradients along the blurred path', async () => {
    const [steps, sigma] = [4, 3];
    const path = Array.from({ length: steps + 1 }, (_, k) => gaussianBlur(input, (sigma * k) / steps));
    const want = new Float64Array(input.data.length);
    for (const [k, at] of path.entries()) {
      const slopes = slopesAt(wide(at));
      const [before, after] = [path[Math.max(0, k - 1)]!, path[Math.min(steps, k + 1)]!];
      for (let i = 0; i < want.length; i++) want[i]! += (slopes[i]! * (before.data[i]! - after.data[i]!)) / 2;
    }
    const { map, residual } = await explain('blur-ig', { steps, sigma });
    close(map.data, want);
    const [sharp, dull] = [logitsAt(wide(input)), logitsAt(wide(path[steps]!))];
    close(
      residual!,
      sums(map).map((sum, n) => sharp[n]! - dull[n]! - sum),
    );
  });

  it('is complete with many steps', async () => {
    const { residual } = await explain('blur-ig', { steps: 400, sigma: 3 });
    for (const rest of residual!) expect(Math.abs(rest)).toBeLessThan(2e-3);
  });
});

describe('guided-ig', () => {
  it('moves the features with the smallest gradients first', () => {
    const walk = startPath([1, 1], [0, 0], { steps: 2, fraction: 0.5, distance: 1 });
    walk.step(0, [3, -1]);
    expect([[...walk.position], [...walk.attribution]]).toEqual([
      [0, 1],
      [0, -1],
    ]);
    walk.step(1, [2, 5]);
    expect([[...walk.position], [...walk.attribution]]).toEqual([
      [1, 1],
      [2, -1],
    ]);
  });

  it('keeps every feature near the straight path', () => {
    const goal = Array.from({ length: 20 }, () => random.normal());
    const start = goal.map(() => random.normal());
    const walk = startPath(goal, start, { steps: 10, fraction: 0.1, distance: 0.15 });
    for (let step = 0; step < 10; step++) {
      walk.step(
        step,
        goal.map(() => random.normal()),
      );
      for (const [i, x] of walk.position.entries()) {
        const part = (x - start[i]!) / (goal[i]! - start[i]!);
        expect(part).toBeGreaterThan((step + 1) / 10 - 0.1501);
        expect(part).toBeLessThan((step + 1) / 10 + 0.1501);
      }
    }
    close(walk.position, goal, 7);
  });

  it.each([{ fraction: 1 }, { distance: 0 }])(
    'is integrated gradients on the straight path with %o',
    async (how) => {
      const { map } = await explain('guided-ig', { steps: 8, ...how });
      const straight = await explain('integrated-gradients', { steps: 8, rule: 'left' });
      close(map.data, straight.map.data);
    },
  );

  it('returns the completeness residual, which many steps make small', async () => {
    const { map, residual } = await explain('guided-ig', { steps: 300, distance: 0.1 });
    const [at, from] = [logitsAt(wide(input)), logitsAt(array64(new Float64Array(72), input.shape))];
    close(
      residual!,
      sums(map).map((sum, n) => at[n]! - from[n]! - sum),
    );
    for (const rest of residual!) expect(Math.abs(rest)).toBeLessThan(0.05);
  });
});

describe('fullgrad', () => {
  it('is complete with biases, nonlinearities and attention', async () => {
    for (const residual of (await explain('fullgrad')).residual!)
      expect(Math.abs(residual)).toBeLessThan(1e-5);
    const transformer = await classifierOf(tinyTransformer(), 'tiny', { engine });
    const x = images(2, 8, 12);
    const { residual } = await attribute(transformer, 'fullgrad', x, [0, 2]);
    for (const rest of residual!) expect(Math.abs(rest)).toBeLessThan(1e-4);
  });

  it('adds the scaled absolute gradients of input and biases', async () => {
    const values = interpret(graph, { image: wide(input) });
    const g = (at: string) => {
      const from = { ...graph, nodes: graph.nodes.filter((node) => !node.outputs.includes(at)) };
      return differences(from, { image: wide(input), [at]: values.get(at)! }, at);
    };
    const y = (at: string) => values.get(at)!.data;
    const bias = graph.initializers.get('bias')!.data as Float32Array;
    const [norm, curve, second] = [g('norm'), g('curve'), g('second')];
    const statistics = graph.nodes.find(({ op }) => op === 'BatchNormalization')!.inputs.slice(1);
    const [scale, shift, mean, variance] = statistics.map(
      (v) => graph.initializers.get(v)!.data as Float32Array,
    );
    const channel = (i: number, channels: number, area: number) => Math.floor(i / area) % channels;
    const terms: readonly (readonly [Float64Array, number, number])[] = [
      [slopesAt(wide(input)).map((s, i) => s * input.data[i]!), 1, 6],
      [
        norm.map((s, i) => {
          const c = channel(i, 2, 36);
          return s * (shift![c]! - (mean![c]! * scale![c]!) / Math.sqrt(variance![c]! + 1e-5));
        }),
        2,
        6,
      ],
      [curve.map((s, i) => s * (y('curve')[i]! - y('norm')[i]! * (1 - y('curve')[i]! ** 2))), 2, 6],
      [second.map((s, i) => s * bias[channel(i, 3, 9)]!), 3, 3],
    ];
    const want = new Float64Array(72);
    for (const [term, channels, side] of terms) {
      for (let n = 0; n < 2; n++) {
        const size = channels * side * side;
        const row = term.subarray(n * size, (n + 1) * size).map(Math.abs);
        const low = Math.min(...row);
        const top = Math.max(...row.map((v) => v - low)) + 1e-6;
        const map = new Float32Array(side * side);
        for (const [i, v] of row.entries()) map[i % (side * side)]! += (v - low) / top;
        const whole = resizeBilinear({ data: map, shape: [1, 1, side, side] }, 6, 6).data;
        for (const [p, v] of whole.entries()) want[n * 36 + p]! += v;
      }
    }
    const { map } = await explain('fullgrad');
    expect(map.shape).toEqual([2, 1, 6, 6]);
    close(map.data, want, 3);
  });
});

describe('expected-gradients', () => {
  it('is the mean gradient times difference, with its completeness residual', async () => {
    const baselines = images(2, 6, 6);
    const draws = [
      { alpha: [0.2, 0.7], baseline: [0, 1] },
      { alpha: [0.9, 0.4], baseline: [1, 1] },
    ];
    const want = new Float64Array(72);
    for (const draw of [0, 1]) {
      const from = (i: number) => baselines.data[draws[Math.floor(i / 36)]!.baseline[draw]! * 36 + (i % 36)]!;
      const at = input.data.map((x, i) => from(i) + draws[Math.floor(i / 36)]!.alpha[draw]! * (x - from(i)));
      const slopes = slopesAt(array64(at, input.shape));
      for (let i = 0; i < 72; i++) want[i]! += (slopes[i]! * (input.data[i]! - from(i))) / 2;
    }
    const { map, residual } = await explain('expected-gradients', { baselines, draws });
    close(map.data, want);
    const [at, b] = [logitsAt(wide(input)), interpret(graph, { image: wide(baselines) }).get('logits')!.data];
    const expected = [(b[0 * 2 + 1]! + b[1 * 2 + 1]!) / 2, b[1 * 2]!];
    close(
      residual!,
      sums(map).map((sum, n) => at[n]! - expected[n]! - sum),
    );
  });
});

describe("option 'draws' of expected gradients", () => {
  const baselines = images(2, 6, 6);
  const map = async (draws: unknown) => (await explain('gradient-shap', { baselines, draws })).map.data;

  it('takes a list for each sample or lists for all samples', async () => {
    const alpha = [
      [0.2, 0.7],
      [0.9, 0.4],
    ];
    const baseline = [
      [0, 1],
      [1, 1],
    ];
    const want = await map(alpha.map((a, i) => ({ alpha: a, baseline: baseline[i] })));
    expect(await map({ alpha, baseline })).toEqual(want);
    expect(await map({ alpha, baseline_index: baseline })).toEqual(want);
  });

  it.each([
    ['no list', { alpha: 0.5, baseline: 0 }],
    ['a baseline between two', [{ alpha: [0.5], baseline: [0.5] }]],
    ['a position that is no number', [{ alpha: ['a'], baseline: [0] }]],
    ['no baselines', { alpha: [[0.5]] }],
  ])('rejects %s', async (_, draws) => {
    await expect(map(draws)).rejects.toThrow(/option 'draws' of method gradient-shap/);
  });
});

describe('smoothgrad', () => {
  it.each(['lrp', 'deeplift', 'gradcam', 'fullgrad'])(
    'is the mean of %s maps of noisy copies',
    async (of) => {
      const noise = { data: images(6, 6, 6).data, shape: [2, 3, 1, 6, 6] };
      const { map } = await explain('smoothgrad', { of, noise });
      const model = await classifierOf(graph, 'biased', { engine });
      const want = new Float64Array(map.data.length);
      for (let draw = 0; draw < 3; draw++) {
        const copies = input.data.map(
          (x, i) => x + noise.data[(Math.floor(i / 36) * 3 + draw) * 36 + (i % 36)]!,
        );
        const one = await attribute(model, of, { data: copies, shape: input.shape }, targets);
        for (const [i, value] of one.map.data.entries()) want[i]! += value / 3;
      }
      close(map.data, want);
    },
  );

  it.each<[string, boolean, (mean: number, square: number) => number]>([
    ['smoothgrad', false, (mean) => mean],
    ['smoothgrad', true, (mean) => mean],
    ['smoothgrad-squared', false, (_, square) => square],
    ['vargrad', false, (mean, square) => square - mean ** 2],
    ['vargrad', true, (mean, square) => square - mean ** 2],
  ])('%s (absolute %s) is that of the gradients of noisy copies', async (method, absolute, over) => {
    const draws = 5;
    const noise = { data: images(2 * draws, 6, 6).data, shape: [2, draws, 1, 6, 6] };
    const { map } = await explain(method, { noise, absolute });
    const model = await classifierOf(graph, 'biased', { engine });
    const [sum, squares] = [new Float64Array(72), new Float64Array(72)];
    for (const [sample, target] of targets.entries()) {
      for (let draw = 0; draw < draws; draw++) {
        const copy = Float32Array.from(
          { length: 36 },
          (_, i) => input.data[sample * 36 + i]! + noise.data[(sample * draws + draw) * 36 + i]!,
        );
        const one = await attribute(model, 'gradient', { data: copy, shape: [1, 1, 6, 6] }, [target]);
        for (const [i, value] of one.map.data.entries()) {
          sum[sample * 36 + i]! += absolute ? Math.abs(value) : value;
          squares[sample * 36 + i]! += value ** 2;
        }
      }
    }
    close(
      map.data,
      sum.map((one, i) => over(one / draws, squares[i]! / draws)),
    );
  });

  it.each(['smoothgrad', 'vargrad'])('%s says that copies without noise are the input', async (method) => {
    const none = { data: new Float32Array(6 * 36), shape: [2, 3, 1, 6, 6] };
    const said = 'the noise is 0: all copies are the input, and have the map of gradient';
    for (const noise of [0, none]) expect((await explain(method, { noise })).notes).toContain(said);
    expect((await explain(method, { noise: 0.1 })).notes).not.toContain(said);
  });

  it.each(['smoothgrad', 'smoothgrad-squared', 'vargrad'])(
    '%s says that its noise is faint beside the values of the input',
    async (method) => {
      const said = async (noise: number) => (await explain(method, { noise })).notes!.join();
      expect(await said(0.001)).toMatch(
        /^the noise's standard deviation of 0.001 is less than 0.2 % of the range of the input's values/,
      );
      expect(await said(0.15)).not.toContain('range');
    },
  );

  it.each([
    ['smoothgrad', false],
    ['smoothgrad', true],
    ['smoothgrad-squared', false],
    ['vargrad', false],
    ['vargrad', true],
  ])('%s is the same with its noise made from the seed or given: absolute %s', async (method, absolute) => {
    const noiseOf = noisesOf(noiseKeys(0, 3), 36);
    const draws = [0, 1, 2].map((draw) => noiseOf(draw).map((value) => 0.15 * value));
    const noise = concatenate([...draws, ...draws].map((data): Tensor => ({ data, shape: [1, 1, 6, 6] })));
    const given = { ...noise, shape: [2, 3, 1, 6, 6] };
    const made = (await explain(method, { samples: 3, absolute })).map;
    const wanted = (await explain(method, { noise: given, absolute })).map;
    const error = Math.hypot(...made.data.map((v, i) => v - wanted.data[i]!));
    expect(error / Math.hypot(...wanted.data)).toBeLessThan(1e-5);
  });

  it.each(['float32', 'float64'] as const)(
    'vargrad is zero where the model is linear: %s',
    async (precision) => {
      const b = startGraph('linear');
      const weights = b.constant(normal([36, 2]));
      b.emit('MatMul', [b.emit('Flatten', ['image']), weights], {}, 'logits');
      const value = (name: string, shape: (number | string)[]) => ({ name, type: 'float32' as const, shape });
      const linear = b.finish([value('image', ['N', 1, 6, 6])], [value('logits', ['N', 2])]);
      const model = await classifierOf(linear, 'linear', { engine, precision });
      for (const absolute of [false, true]) {
        const { notes } = await attribute(model, 'vargrad', input, targets, { samples: 300, absolute });
        expect(notes).toEqual(['the map is zero everywhere, or below 1e-10 (all 2 samples)']);
      }
    },
  );

  it('vargrad is the variance over all draws, however many run together', async () => {
    const draws = 300;
    const noiseOf = noisesOf(noiseKeys(0, draws), 36);
    const data = Float32Array.from({ length: 2 * draws * 36 }, () => 0);
    for (let draw = 0; draw < draws; draw++)
      for (const sample of [0, 1])
        data.set(
          noiseOf(draw).map((value) => 0.15 * value),
          (sample * draws + draw) * 36,
        );
    const made = (await explain('vargrad', { samples: draws })).map;
    const wanted = (await explain('vargrad', { noise: { data, shape: [2, draws, 1, 6, 6] } })).map;
    const error = Math.hypot(...made.data.map((v, i) => v - wanted.data[i]!));
    expect(error / Math.hypot(...wanted.data)).toBeLessThan(1e-5);
  });
});
