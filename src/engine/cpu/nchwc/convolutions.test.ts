import { afterAll, describe, it } from 'vitest';
import { type Attributes, int, ints, string } from '../../../graph/attributes.js';
import { float32, scalar } from '../../../graph/elements.js';
import { type Scene, startTrials } from '../../../testing/blocks.js';

const trials = startTrials();
afterAll(() => trials.dispose());

const both = 'ReorderInput Conv ReorderOutput';
const none = '';

type Weights = readonly [number, number, number, number];

const geometries: readonly (readonly [string, Weights, Attributes, operators: string])[] = [
  ['1x1', [32, 32, 1, 1], {}, both],
  ['1x1 with strides', [32, 48, 1, 1], { strides: ints([2, 2]) }, both],
  ['3x3', [48, 32, 3, 3], { pads: ints([1, 1, 1, 1]) }, both],
  [
    'uneven ones',
    [32, 16, 3, 2],
    { strides: ints([1, 2]), pads: ints([0, 2, 1, 0]), dilations: ints([2, 1]) },
    both,
  ],
  ['padded as said by name', [32, 32, 3, 3], { auto_pad: string('SAME_UPPER'), strides: ints([2, 2]) }, both],
  ['one channel read in order', [32, 1, 3, 3], {}, 'Conv ReorderOutput'],
  ['few channels read in order', [32, 3, 5, 5], { strides: ints([2, 2]) }, 'Conv ReorderOutput'],
  ['one kernel for each channel', [32, 1, 3, 3], { group: int(32), pads: ints([1, 1, 1, 1]) }, both],
  ['input channels that do not fill blocks', [32, 20, 3, 3], {}, none],
  ['output channels that do not fill blocks', [20, 32, 3, 3], {}, none],
  ['groups of several channels', [32, 16, 3, 3], { group: int(2) }, none],
  ['one group of several channels for each kernel', [32, 2, 3, 3], { group: int(32) }, none],
  ['several kernels for each channel', [64, 1, 3, 3], { group: int(32) }, none],
];

describe('convolutions give the same results in NCHWc', () => {
  it.each(geometries)('%s', (_, weights, attributes, operators) => {
    const groups = attributes.group?.kind === 'int' ? attributes.group.value : 1;
    return trials.expect(
      (s) => s.convolved(s.image(2, weights[1] * groups, 9, 7), s.weight(...weights), attributes),
      operators,
    );
  });

  it('with a bias', () =>
    trials.expect((s) => {
      const bias = s.constant(float32(Array.from({ length: 32 }, (_, c) => c - 9)));
      return s.emit('Conv', [s.image(2, 32, 5, 5), s.weight(32, 32, 1, 1), bias], {
        kernel_shape: ints([1, 1]),
      });
    }, both));

  it('after one whose channels do not fill blocks', () =>
    trials.expect(
      (s) =>
        s.conv(s.convolved(s.convolved(s.image(2, 3, 9, 7), s.weight(20, 3, 3, 3)), s.weight(32, 20, 1, 1))),
      both,
    ));
});

const made = (weights: (s: Scene) => string) => (s: Scene) => {
  const [x, w] = [s.image(2, 32, 9, 7), weights(s)];
  return s.convolved(x, w, { kernel_shape: ints([3, 3]) });
};

describe('convolutions with weights computed from trained ones are the same in NCHWc', () => {
  it('with transposed channels', () =>
    trials.expect(
      made((s) => s.emit('Transpose', [s.weight(32, 48, 3, 3)], { perm: ints([1, 0, 2, 3]) })),
      both,
    ));

  it('with scaled weights', () =>
    trials.expect(
      made((s) => s.emit('Mul', [s.weight(32, 32, 3, 3), s.constant(scalar(2))])),
      both,
    ));

  it('with weights computed from several inputs, which stay in NCHW', () =>
    trials.expect(
      made((s) => s.emit('Add', [s.weight(32, 32, 3, 3), s.weight(32, 32, 3, 3)])),
      none,
    ));

  it('with weights that depend on the image, which stay in NCHW', () =>
    trials.expect(
      made((s) => s.emit('Mul', [s.weight(32, 32, 3, 3), s.image(32, 32, 1, 1)])),
      none,
    ));

  it('with several weights computed from one input', () =>
    trials.expect((s) => {
      const w = s.weight(32, 32, 3, 3);
      const turned = s.emit('Transpose', [w], { perm: ints([1, 0, 2, 3]) });
      const attributes = { kernel_shape: ints([3, 3]) };
      const first = s.convolved(s.image(2, 32, 9, 7), w, attributes);
      return s.convolved(s.convolved(first, turned, attributes), w, attributes);
    }, 'ReorderInput Conv Conv Conv ReorderOutput'));
});

describe('a filter gradient by channel is the same sample by sample in NCHWc', () => {
  /** dW of a 3x3 convolution by channel with stride 2 and zeros around. */
  const gradient = (s: Scene, channels: number, [rows, columns] = [9, 7]) => {
    const turned = (value: string) => s.emit('Transpose', [value], { perm: ints([1, 0, 2, 3]) });
    const image = s.reshape(turned(s.image(3, channels, 9, 7)), [1, -1, rows!, columns!]);
    const all = s.emit('Conv', [image, turned(s.image(3, channels, 5, 4))], {
      group: int(channels),
      kernel_shape: ints([5, 4]),
      dilations: ints([2, 2]),
      pads: ints([1, 1, 1, 1]),
    });
    return turned(all);
  };

  it('with channels that fill blocks', () =>
    trials.expect((s) => gradient(s, 32), 'ReorderInput ReorderInput ReorderOutput'));

  it('but not with others', () => trials.expect((s) => gradient(s, 20), none));

  it('but not of an image of another form', () => trials.expect((s) => gradient(s, 32, [7, 9]), none));
});

describe('a convolution is fused with the nodes after it', () => {
  const two = (s: Scene) => {
    const x = s.image(2, 32, 9, 7);
    return [s.conv(x), s.conv(x)] as const;
  };

  it('an addition', () =>
    trials.expect((s) => s.emit('Add', two(s)), 'ReorderInput Conv Conv+sum ReorderOutput'));

  it('an addition and an activation', () =>
    trials.expect(
      (s) => s.emit('Relu', [s.emit('Add', two(s))]),
      'ReorderInput Conv Conv+sum+Relu ReorderOutput',
    ));

  it('an addition of a value that another node reads', () =>
    trials.expect((s) => {
      const [a, b] = two(s);
      return s.emit('Sub', [s.emit('Tanh', [s.emit('Add', [b, a])]), a]);
    }, 'ReorderInput Conv Conv+sum+Tanh ReorderOutput'));

  it('but not with an addition after its activation', () =>
    trials.expect((s) => {
      const [a, b] = two(s);
      return s.emit('Sub', [s.emit('Add', [s.emit('Relu', [b]), a]), a]);
    }, 'ReorderInput Conv Conv+Relu ReorderOutput'));

  it('but not with an addition to itself', () =>
    trials.expect((s) => {
      const x = s.conv();
      return s.emit('Add', [x, x]);
    }, 'ReorderInput Conv ReorderOutput'));

  it('but not with a second addition', () =>
    trials.expect((s) => {
      const [a, b] = two(s);
      return s.emit('Mul', [s.emit('Add', [s.emit('Add', [b, a]), a]), a]);
    }, 'ReorderInput Conv Conv+sum ReorderOutput'));

  it('but not with a second activation', () =>
    trials.expect(
      (s) => s.emit('Sigmoid', [s.emit('Relu', [s.conv()])]),
      'ReorderInput Conv+Relu ReorderOutput',
    ));
});
