import { float, int, ints, string } from '../../graph/attributes.js';
import type { Graph } from '../../graph/graph.js';
import { network, pooled, relu, type Sketch } from './layers.js';

const image = [3, 8, 8] as const;

const unit = (s: Sketch, x: string, channels: readonly [number, number], kernel = 1) =>
  relu(s, s.batchNorm(s.conv(x, channels, kernel), channels[1]));
const sigmoid = (s: Sketch, x: string) => s.emit('Sigmoid', [x]);
const reshaped = (s: Sketch, x: string, ...shape: number[]) => s.emit('Reshape', [x, s.whole(...shape)]);
const turned = (s: Sketch, x: string, ...perm: number[]) => s.emit('Transpose', [x], { perm: ints(perm) });
const cut = (s: Sketch, x: string, start: number, end: number, axis = 1) =>
  s.emit('Slice', [x, s.whole(start), s.whole(end), s.whole(axis)]);
const joined = (s: Sketch, parts: readonly string[], axis = 1) =>
  s.emit('Concat', parts, { axis: int(axis) });
const added = (s: Sketch, a: string, b: string) => s.emit('Add', [a, b]);
const mean = (s: Sketch, x: string, axes: readonly number[], keep = 1) =>
  s.emit('ReduceMean', [x, s.whole(...axes)], { keepdims: int(keep) });
const split = (s: Sketch, x: string, axis: number, parts: number): string[] =>
  s.builder.emitAll('Split', [x], parts, { axis: int(axis), num_outputs: int(parts) });
/** x W + b over the last axis. */
const token = (s: Sketch, x: string, inputs: number, outputs: number) =>
  added(s, s.emit('MatMul', [x, s.weights([inputs, outputs], inputs)]), s.weights([outputs], 9));
const square = (kernel: number, stride: number, pad = 0) => ({
  kernel_shape: ints([kernel, kernel]),
  strides: ints([stride, stride]),
  pads: ints([pad, pad, pad, pad]),
});

/**
 * Channels in two groups, shuffled by a transposition; half of them goes around the block (Ma et al. 2018).
 */
const shuffle = () =>
  network('shuffle', image, (s) => {
    const stem = s.emit('MaxPool', [unit(s, 'input', [3, 8], 3)], square(3, 2, 1));
    const [around, through] = split(s, stem, 1, 2) as [string, string];
    const spatial = s.batchNorm(s.conv(unit(s, through, [4, 4]), [4, 4], 3, { groups: 4 }), 4);
    const both = joined(s, [around, unit(s, spatial, [4, 4])]);
    const mixed = turned(s, reshaped(s, both, 0, 2, 4, 4, 4), 0, 2, 1, 3, 4);
    return [pooled(s, unit(s, reshaped(s, mixed, 0, -1, 4, 4), [8, 5])), 5];
  });

/** One ReLU for several places and additions whose result is added again (an eager model's in-place code). */
const reused = () =>
  network('reused', image, (s) => {
    const x = unit(s, 'input', [3, 4], 3);
    const y = relu(s, added(s, s.batchNorm(s.conv(x, [4, 4], 3), 4), x));
    const twice = added(s, added(s, y, x), y);
    return [pooled(s, relu(s, added(s, twice, s.conv(relu(s, twice), [4, 4], 1)))), 4];
  });

/** Features made cheaply of features, of which some are cut away (Han et al. 2020). */
const ghost = () =>
  network('ghost', image, (s) => {
    const module = (x: string, inputs: number, wanted: number) => {
      const own = unit(s, x, [inputs, 3], 1);
      const cheap = relu(s, s.batchNorm(s.conv(own, [3, 3], 3, { groups: 3 }), 3));
      return cut(s, joined(s, [own, cheap]), 0, wanted);
    };
    const x = module(s.conv('input', [3, 4], 3, { stride: 2 }), 4, 5);
    return [pooled(s, added(s, module(x, 5, 5), x)), 5];
  });

/** Attention over two splits of the channels (Zhang et al. 2020). */
const splitAttention = () =>
  network('split attention', image, (s) => {
    const x = unit(s, 'input', [3, 4], 3);
    const wide = relu(s, s.batchNorm(s.conv(x, [4, 8], 3, { groups: 2 }), 8));
    const splits = reshaped(s, wide, 0, 2, 4, 8, 8);
    const whole = s.emit('ReduceSum', [splits, s.whole(1)], { keepdims: int(0) });
    const squeezed = unit(s, mean(s, whole, [2, 3]), [4, 3]);
    const scores = turned(s, reshaped(s, s.conv(squeezed, [3, 8], 1), 0, 1, 2, -1), 0, 2, 1, 3);
    const gates = reshaped(s, s.emit('Softmax', [scores], { axis: int(1) }), 0, 2, 4, 1, 1);
    const y = s.emit('ReduceSum', [s.emit('Mul', [splits, gates]), s.whole(1)], { keepdims: int(0) });
    return [pooled(s, relu(s, added(s, s.conv(y, [4, 4], 1), x))), 4];
  });

/**
 * Weights standardised in the graph, normalisation by groups before each convolution (Kolesnikov et al.
 * 2020).
 */
const standardised = () =>
  network('standardised', image, (s) => {
    const conv = (x: string, inputs: number, outputs: number, kernel: number) => {
      const w = s.weights([outputs, inputs, kernel, kernel]);
      const centred = s.emit('Sub', [w, mean(s, w, [1, 2, 3])]);
      const variance = mean(s, s.emit('Mul', [centred, centred]), [1, 2, 3]);
      const deviation = s.emit('Sqrt', [added(s, variance, s.number(1e-5))]);
      return s.emit('Conv', [x, s.emit('Div', [centred, deviation])], square(kernel, 1, (kernel - 1) >> 1));
    };
    const norm = (x: string) =>
      relu(
        s,
        s.emit('GroupNormalization', [x, s.weights([2], 1), s.weights([2], 9)], { num_groups: int(2) }),
      );
    const stem = s.emit(
      'MaxPool',
      [s.emit('Pad', [conv('input', 3, 4, 3), s.whole(0, 0, 1, 1, 0, 0, 1, 1)])],
      square(3, 2),
    );
    return [pooled(s, norm(added(s, stem, conv(norm(conv(norm(stem), 4, 4, 1)), 4, 4, 3)))), 4];
  });

/**
 * LayerNorm written out over channels that stand first, and layer scale (ConvNeXt as timm exports it at opset
 * 11).
 */
const layerScale = () =>
  network('layer scale', image, (s) => {
    const normed = (x: string) => {
      const centred = s.emit('Sub', [x, mean(s, x, [1])]);
      const variance = mean(s, s.emit('Pow', [centred, s.number(2)]), [1]);
      const n = s.emit('Div', [centred, s.emit('Sqrt', [added(s, variance, s.number(1e-5))])]);
      return added(s, s.emit('Mul', [n, s.weights([6, 1, 1], 1)]), s.weights([6, 1, 1], 9));
    };
    const stem = normed(s.emit('Conv', ['input', s.weights([6, 3, 2, 2])], square(2, 2)));
    const spatial = normed(s.conv(stem, [6, 6], 3, { groups: 6 }));
    const inner = s.conv(spatial, [6, 8], 1);
    const erf = s.emit('Erf', [s.emit('Div', [inner, s.number(Math.SQRT2)])]);
    const gelu = s.emit('Mul', [s.emit('Mul', [inner, s.number(0.5)]), added(s, erf, s.number(1))]);
    const y = s.emit('Mul', [s.conv(gelu, [8, 6], 1), s.weights([6, 1, 1], 1)]);
    return [pooled(s, added(s, stem, y)), 6];
  });

/**
 * Normalised tokens attend by cosines, with a table of relative positions (Dai et al. 2021; XCiT's and Swin
 * V2's norms).
 */
const cosine = () =>
  network('cosine', image, (s) => {
    const map = s.emit('AveragePool', [unit(s, 'input', [3, 6], 3)], square(2, 2));
    const x = turned(s, reshaped(s, map, 0, 6, 16), 0, 2, 1);
    const heads = (perm: readonly number[]) =>
      turned(s, reshaped(s, token(s, x, 6, 6), 0, 16, 2, 3), ...perm);
    const unitLength = (v: string) => {
      const length = s.emit('ReduceL2', [v, s.whole(-1)], { keepdims: int(1) });
      const target = s.emit('Shape', [v]);
      return s.emit('Div', [v, s.emit('Expand', [s.emit('Clip', [length, s.number(1e-6)]), target])]);
    };
    const [q, k] = [unitLength(heads([0, 2, 1, 3])), unitLength(heads([0, 2, 1, 3]))];
    const product = s.emit('MatMul', [q, turned(s, k, 0, 1, 3, 2)]);
    const scores = added(s, s.emit('Mul', [product, s.number(4)]), s.weights([1, 2, 16, 16], 1));
    const seen = s.emit('MatMul', [s.emit('Softmax', [scores], { axis: int(-1) }), heads([0, 2, 1, 3])]);
    const y = added(s, x, token(s, reshaped(s, turned(s, seen, 0, 2, 1, 3), 0, 16, 6), 6, 6));
    return [mean(s, y, [1], 0), 6];
  });

/**
 * Attention whose products are sums over named axes, of heads that mix with each other (Touvron et al. 2021),
 * masked.
 */
const einsum = () =>
  network('einsum', image, (s) => {
    const sum = (equation: string, ...inputs: string[]) =>
      s.emit('Einsum', inputs, { equation: string(equation) });
    const map = s.emit('Conv', ['input', s.weights([6, 3, 4, 4])], square(4, 4));
    const x = sum('bcp->bpc', reshaped(s, map, 0, 6, 4));
    const heads = () => sum('bpc,chd->bhpd', x, s.weights([6, 2, 3], 6));
    const scores = sum('bhid,bhjd->bhij', heads(), heads());
    const mask = [0, 0, 0, 1].map((hidden) => (hidden ? Number.NEGATIVE_INFINITY : 0));
    const masked = added(s, sum('bhij,hg->bgij', scores, s.weights([2, 2])), s.numbers(mask));
    const seen = s.emit('Softmax', [masked], { axis: int(-1) });
    const y = sum('bhpd,hdc->bpc', sum('bhij,bhjd->bhid', seen, heads()), s.weights([2, 3, 6], 6));
    return [sum('bpc->bc', added(s, x, added(s, y, s.weights([6], 9)))), 6];
  });

/**
 * Gates of channels by a convolution over them, and of places by their mean and maximum (Wang et al. 2020,
 * Woo et al. 2018).
 */
const gates = () =>
  network('gates', image, (s) => {
    const x = unit(s, 'input', [3, 5], 3);
    const line = turned(s, s.emit('Squeeze', [mean(s, x, [2, 3]), s.whole(3)]), 0, 2, 1);
    const along = s.emit('Conv', [line, s.weights([1, 1, 3])], { pads: ints([1, 1]) });
    const byChannel = s.emit('Unsqueeze', [turned(s, sigmoid(s, along), 0, 2, 1), s.whole(3)]);
    const y = s.emit('Mul', [x, s.emit('Expand', [byChannel, s.emit('Shape', [x])])]);
    const places = joined(s, [mean(s, y, [1]), s.emit('ReduceMax', [y, s.whole(1)], { keepdims: int(1) })]);
    const z = s.emit('Mul', [y, sigmoid(s, s.batchNorm(s.conv(places, [2, 1], 3), 1))]);
    return [pooled(s, relu(s, s.conv(z, [5, 4], 3))), 4];
  });

/** Branches of several resolutions (Wang et al. 2019), and Mish (Bochkovskiy et al. 2020). */
const resolutions = () =>
  network('resolutions', image, (s) => {
    const fine = unit(s, 'input', [3, 4], 3);
    const coarse = s.emit('Mish', [s.conv(fine, [4, 5], 3, { stride: 2 })]);
    const size = s.emit('Concat', [s.emit('Shape', [fine], { start: int(2) })], { axis: int(0) });
    const lengths = joined(s, [s.emit('Shape', [fine], { end: int(1) }), s.whole(4), size], 0);
    const up = s.emit('Resize', [s.conv(coarse, [5, 4], 1), '', '', lengths], {
      mode: string('linear'),
      coordinate_transformation_mode: string('align_corners'),
    });
    const nearest = s.emit('Resize', [s.conv(coarse, [5, 4], 1), '', s.numbers([1, 1, 2, 2])], {
      mode: string('nearest'),
      coordinate_transformation_mode: string('asymmetric'),
      nearest_mode: string('floor'),
    });
    const down = s.emit('Resize', [fine, '', '', s.whole(3, 3)], {
      mode: string('cubic'),
      antialias: int(1),
      axes: ints([2, 3]),
    });
    const y = relu(s, added(s, added(s, fine, up), nearest));
    return [joined(s, [pooled(s, y), pooled(s, down)]), 8];
  });

/**
 * A generalised mean in place of the average, a length, and a hidden layer that leaks (Radenović et al.
 * 2018).
 */
const generalisedMean = () =>
  network('generalised mean', image, (s) => {
    const x = s.emit('LRN', [s.emit('Selu', [s.conv('input', [3, 5], 3)])], {
      size: int(3),
      alpha: float(0.3),
    });
    const above = s.emit('Clip', [x, s.number(1e-6)]);
    const powers = s.emit('GlobalAveragePool', [s.emit('Pow', [above, s.number(3)])]);
    const gem = s.emit('Flatten', [s.emit('Pow', [powers, s.number(1 / 3)])]);
    const lengths = s.emit(
      'ReduceL2',
      [s.emit('LpPool', [x], { ...square(3, 2, 1), p: int(2) }), s.whole(2, 3)],
      {
        keepdims: int(0),
      },
    );
    return [s.emit('PRelu', [joined(s, [gem, lengths]), s.weights([10], 9)]), 10];
  });

/** Every part sees the ones before it (Gao et al. 2019), blurred where it is made smaller (Zhang 2019). */
const scales = () =>
  network('scales', image, (s) => {
    const [a, b, c] = split(s, unit(s, 'input', [3, 6], 3), 1, 3) as [string, string, string];
    const second = unit(s, b, [2, 2], 3);
    const third = unit(s, added(s, second, c), [2, 2], 3);
    const padded = s.emit('Pad', [joined(s, [a, second, third]), s.whole(0, 0, 1, 1, 0, 0, 1, 1)], {
      mode: string('reflect'),
    });
    const filter = Array.from({ length: 6 }, () => [1, 2, 1, 2, 4, 2, 1, 2, 1].map((w) => w / 16)).flat();
    const blurred = s.emit('Conv', [padded, s.numbers(filter, [6, 1, 3, 3])], {
      ...square(3, 2),
      group: int(6),
    });
    return [pooled(s, relu(s, s.conv(blurred, [6, 4], 1))), 4];
  });

/**
 * Averages less the value itself mix the tokens (Yu et al. 2022); space becomes depth, and an old export
 * pools by strides.
 */
const pooling = () =>
  network('pooling', image, (s) => {
    const x = s.conv(s.emit('SpaceToDepth', ['input'], { blocksize: int(2) }), [12, 5], 1);
    const near = s.emit('AveragePool', [x], { ...square(3, 1, 1), count_include_pad: int(0) });
    const y = added(s, x, s.emit('Mul', [s.emit('Sub', [near, x]), s.weights([5, 1, 1], 1)]));
    const small = s.emit('AveragePool', [s.emit('HardSwish', [y])], {
      ...square(3, 2, 1),
      ceil_mode: int(1),
    });
    const steps = s.emit('Slice', [small, s.whole(0, 0), s.whole(9, 9), s.whole(2, 3), s.whole(2, 2)]);
    return [pooled(s, s.emit('LeakyRelu', [steps], { alpha: float(0.1) })), 5];
  });

/** Constants among branches and around an image, and a smooth maximum. */
const constants = () =>
  network('constants', image, (s) => {
    const x = s.conv(s.emit('Pad', ['input', s.whole(0, 0, 1, 1, 0, 0, 1, 1), s.number(0.5)]), [3, 4], 3);
    const all = s.emit('Sum', [x, s.emit('Mean', [x, s.weights([4, 1, 1], 1)]), s.weights([4, 1, 1], 1)]);
    const curved = s.emit('Softsign', [all]);
    const top = s.emit('ReduceLogSumExp', [curved, s.whole(2, 3)], { keepdims: int(0) });
    return [joined(s, [top, pooled(s, curved)]), 8];
  });

/**
 * Classes as maps: the rectified output of a last convolution, averaged, and its logarithmic probabilities.
 */
const classMaps = () =>
  network('class maps', image, (s) => {
    const x = s.emit('MaxPool', [unit(s, 'input', [3, 4], 3)], { ...square(3, 2), ceil_mode: int(1) });
    const fire = joined(s, [unit(s, x, [4, 3]), unit(s, x, [4, 3], 3)]);
    const maps = pooled(s, s.conv(fire, [6, 4], 1));
    return [s.emit('LogSoftmax', [maps], { axis: int(1) }), 4];
  });

/** Styles of networks that the field uses, each with what its exports are odd for. */
export const styles: Readonly<Record<string, () => Graph>> = {
  shuffle,
  reused,
  ghost,
  splitAttention,
  standardised,
  layerScale,
  cosine,
  einsum,
  gates,
  resolutions,
  generalisedMean,
  scales,
  pooling,
  constants,
  classMaps,
};
