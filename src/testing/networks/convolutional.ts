import { int, ints } from '../../graph/attributes.js';
import type { Graph } from '../../graph/graph.js';
import { network, pooled, relu, type Sketch } from './layers.js';

const image = [3, 8, 8] as const;

/**
 * Each layer sees all before it (Huang et al. 2017), normalised before its convolution; a transition halves.
 */
export const dense = (): Graph =>
  network('dense', image, (s) => {
    let x = s.conv('input', [3, 4], 3);
    let channels = 4;
    for (let layer = 0; layer < 2; layer++) {
      const squeezed = s.conv(relu(s, s.batchNorm(x, channels)), [channels, 6], 1);
      const grown = s.conv(relu(s, s.batchNorm(squeezed, 6)), [6, 3], 3);
      x = s.emit('Concat', [x, grown], { axis: int(1) });
      channels += 3;
    }
    const narrow = s.conv(relu(s, s.batchNorm(x, channels)), [channels, 5], 1);
    const halved = s.emit('AveragePool', [narrow], { kernel_shape: ints([2, 2]), strides: ints([2, 2]) });
    return [pooled(s, relu(s, s.batchNorm(halved, 5))), 5];
  });

/** Inverted residuals with ReLU6 (Sandler et al. 2018). */
export const mobile = (): Graph =>
  network('mobile', image, (s) => {
    const relu6 = (x: string) => s.emit('Clip', [x, s.number(0), s.number(6)]);
    const inverted = (x: string, [inputs, outputs]: readonly [number, number], stride: number) => {
      const wide = 2 * inputs;
      const expanded = relu6(s.batchNorm(s.conv(x, [inputs, wide], 1), wide));
      const spatial = s.conv(expanded, [wide, wide], 3, { stride, groups: wide });
      const y = s.batchNorm(s.conv(relu6(s.batchNorm(spatial, wide)), [wide, outputs], 1), outputs);
      return stride === 1 && inputs === outputs ? s.emit('Add', [x, y]) : y;
    };
    const stem = relu6(s.batchNorm(s.conv('input', [3, 4], 3, { stride: 2 }), 4));
    return [pooled(s, inverted(inverted(stem, [4, 4], 1), [4, 5], 2)), 5];
  });

const silu = (s: Sketch, x: string) => s.emit('Mul', [x, s.emit('Sigmoid', [x])]);

/** SiLU and squeeze-and-excitation (Tan & Le 2019, Hu et al. 2018). */
export const efficient = (): Graph =>
  network('efficient', image, (s) => {
    const stem = silu(s, s.batchNorm(s.conv('input', [3, 4], 3, { stride: 2 }), 4));
    const wide = silu(s, s.batchNorm(s.conv(stem, [4, 8], 1), 8));
    const spatial = silu(s, s.batchNorm(s.conv(wide, [8, 8], 5, { groups: 8 }), 8));
    const squeezed = s.emit('ReduceMean', [spatial, s.whole(2, 3)], { keepdims: int(1) });
    const gate = s.emit('Sigmoid', [s.conv(silu(s, s.conv(squeezed, [8, 2], 1)), [2, 8], 1)]);
    const projected = s.batchNorm(s.conv(s.emit('Mul', [spatial, gate]), [8, 4], 1), 4);
    return [pooled(s, s.emit('Add', [projected, stem])), 4];
  });

/**
 * Group convolutions with gates of hard sigmoids and hard swishes (Radosavovic et al. 2020, Howard et al.
 * 2019).
 */
export const regular = (): Graph =>
  network('regular', image, (s) => {
    const swish = (x: string) => s.emit('HardSwish', [x]);
    const stem = swish(s.batchNorm(s.conv('input', [3, 6], 3, { stride: 2 }), 6));
    const grouped = relu(s, s.batchNorm(s.conv(stem, [6, 6], 3, { groups: 2 }), 6));
    const gate = s.emit('HardSigmoid', [s.conv(s.emit('GlobalAveragePool', [grouped]), [6, 6], 1)]);
    const y = relu(s, s.emit('Add', [s.emit('Mul', [grouped, gate]), stem]));
    const strided = s.conv(y, [6, 8], 3, { groups: 2, stride: 2 });
    return [pooled(s, s.emit('LeakyRelu', [strided])), 8];
  });

/** Branches side by side, an average pool that counts no padding, and one that does (Szegedy et al. 2016). */
export const inception = (): Graph =>
  network('inception', image, (s) => {
    const unit = (x: string, channels: readonly [number, number], kernel: number) =>
      relu(s, s.batchNorm(s.conv(x, channels, kernel), channels[1]));
    const pads = ints([1, 1, 1, 1]);
    const window = { kernel_shape: ints([3, 3]), strides: ints([1, 1]), pads };
    const counted = s.emit('AveragePool', ['input'], { ...window, count_include_pad: int(1) });
    const plain = s.emit('AveragePool', ['input'], window);
    const mixed = s.emit(
      'Concat',
      [
        unit('input', [3, 2], 1),
        unit(unit('input', [3, 2], 1), [2, 3], 5),
        unit(counted, [3, 2], 1),
        unit(plain, [3, 2], 1),
      ],
      { axis: int(1) },
    );
    const reduced = s.emit('MaxPool', [mixed], { kernel_shape: ints([3, 3]), strides: ints([2, 2]) });
    const normed = s.emit('LRN', [reduced], { size: int(3), alpha: { kind: 'float', value: 0.1 } });
    return [pooled(s, unit(normed, [9, 4], 3)), 4];
  });
