import type { Attributes } from '../../../graph/attributes.js';
import { int, ints, string } from '../../../graph/attributes.js';
import type { Case } from './case.js';

const convolution = (
  about: string,
  x: readonly (number | 'N')[],
  w: readonly number[],
  attributes: Attributes = {},
  bias = false,
  op = 'Conv',
): Case => ({
  op,
  about,
  attributes,
  inputs: [
    x,
    w,
    ...(bias
      ? [[op === 'Conv' ? w[0]! : w[1]! * (attributes.group?.kind === 'int' ? attributes.group.value : 1)]]
      : []),
  ],
});

const image = ['N', 2, 7, 6] as const;

const pool = (
  op: string,
  about: string,
  attributes: Attributes,
  x: readonly (number | 'N')[] = image,
): Case => ({
  op,
  about,
  attributes,
  inputs: [x],
});

const poolings: readonly (readonly [string, Attributes, (readonly (number | 'N')[])?])[] = [
  ['apart', { kernel_shape: ints([2, 2]), strides: ints([2, 2]) }],
  ['overlapping', { kernel_shape: ints([3, 3]), strides: ints([2, 2]) }],
  ['stride 1', { kernel_shape: ints([3, 2]) }],
  ['padded', { kernel_shape: ints([3, 3]), strides: ints([2, 2]), pads: ints([1, 1, 1, 1]) }],
  ['padded unevenly', { kernel_shape: ints([3, 3]), strides: ints([2, 1]), pads: ints([1, 0, 0, 2]) }],
  ['ceil mode', { kernel_shape: ints([3, 3]), strides: ints([2, 2]), ceil_mode: int(1) }],
  [
    'ceil mode and padded',
    { kernel_shape: ints([3, 3]), strides: ints([2, 2]), pads: ints([1, 1, 1, 1]), ceil_mode: int(1) },
    ['N', 2, 6, 6],
  ],
  ['SAME_UPPER', { kernel_shape: ints([2, 3]), strides: ints([2, 2]), auto_pad: string('SAME_UPPER') }],
  ['SAME_LOWER', { kernel_shape: ints([2, 3]), strides: ints([2, 2]), auto_pad: string('SAME_LOWER') }],
  ['strides 3 and 1', { kernel_shape: ints([2, 2]), strides: ints([3, 1]) }],
  ['strides 2 and 3', { kernel_shape: ints([3, 2]), strides: ints([2, 3]), pads: ints([1, 1, 0, 0]) }],
  ['in one dimension', { kernel_shape: ints([3]), strides: ints([2]), pads: ints([1, 1]) }, ['N', 2, 7]],
  ['in three dimensions', { kernel_shape: ints([2, 2, 2]), strides: ints([2, 2, 2]) }, ['N', 1, 4, 4, 3]],
  ['dilated', { kernel_shape: ints([2, 2]), dilations: ints([2, 3]) }],
];

export const windowCases: readonly Case[] = [
  convolution('plain', image, [3, 2, 3, 3], {}, true),
  convolution('1 x 1', image, [3, 2, 1, 1], {}, true),
  convolution('padded', image, [3, 2, 3, 3], { pads: ints([1, 1, 1, 1]) }, true),
  convolution('padded beyond its kernel', image, [3, 2, 1, 2], { pads: ints([1, 2, 2, 1]) }),
  convolution('padded unevenly', image, [3, 2, 3, 2], { pads: ints([0, 1, 2, 0]) }),
  convolution('stride 2', image, [3, 2, 3, 3], { strides: ints([2, 2]), pads: ints([1, 1, 1, 1]) }, true),
  convolution('stride 2 that leaves a rest', ['N', 2, 8, 8], [3, 2, 3, 3], { strides: ints([2, 2]) }),
  convolution('stride 2, 1 x 1', image, [3, 2, 1, 1], { strides: ints([2, 2]) }),
  convolution('stride 3, even kernel', image, [2, 2, 4, 4], {
    strides: ints([3, 3]),
    pads: ints([1, 2, 1, 2]),
  }),
  convolution('patches', ['N', 2, 6, 6], [3, 2, 3, 3], { strides: ints([3, 3]) }, true),
  convolution('uneven strides', image, [3, 2, 3, 3], { strides: ints([2, 1]), pads: ints([1, 1, 1, 1]) }),
  convolution('dilated', image, [3, 2, 3, 3], { dilations: ints([2, 2]), pads: ints([2, 2, 2, 2]) }),
  convolution('dilated with stride', image, [3, 2, 2, 2], { dilations: ints([2, 2]), strides: ints([2, 2]) }),
  convolution('groups', ['N', 4, 5, 5], [6, 2, 3, 3], { group: int(2), pads: ints([1, 1, 1, 1]) }, true),
  convolution('groups with stride', ['N', 4, 5, 5], [6, 2, 3, 3], { group: int(2), strides: ints([2, 2]) }),
  convolution('depthwise', ['N', 3, 5, 5], [3, 1, 3, 3], { group: int(3), pads: ints([1, 1, 1, 1]) }, true),
  convolution('depthwise with stride', ['N', 3, 6, 6], [3, 1, 3, 3], {
    group: int(3),
    strides: ints([2, 2]),
    pads: ints([1, 1, 1, 1]),
  }),
  convolution('depthwise with multiplier', ['N', 3, 5, 5], [6, 1, 2, 2], { group: int(3) }),
  convolution('SAME_UPPER', image, [3, 2, 3, 3], { auto_pad: string('SAME_UPPER'), strides: ints([2, 2]) }),
  convolution('SAME_LOWER', image, [3, 2, 2, 2], { auto_pad: string('SAME_LOWER') }),
  convolution('one dimension', ['N', 2, 7], [3, 2, 3], { pads: ints([1, 1]), strides: ints([2]) }, true),
  convolution('three dimensions', ['N', 1, 4, 4, 3], [2, 1, 2, 3, 2], { pads: ints([1, 1, 0, 0, 1, 0]) }),
  ...(
    [
      ['plain', ['N', 2, 3, 4], [2, 3, 3, 3], {}],
      ['stride 2', ['N', 2, 3, 4], [2, 3, 2, 2], { strides: ints([2, 2]) }],
      [
        'stride 2, padded, output padded',
        ['N', 2, 3, 4],
        [2, 3, 3, 3],
        { strides: ints([2, 2]), pads: ints([1, 1, 1, 1]), output_padding: ints([1, 1]) },
      ],
      ['uneven pads', ['N', 2, 3, 4], [2, 3, 3, 2], { pads: ints([1, 0, 0, 1]), strides: ints([1, 2]) }],
      ['dilated', ['N', 2, 3, 4], [2, 3, 2, 2], { dilations: ints([2, 2]) }],
      ['groups', ['N', 4, 3, 3], [4, 2, 3, 3], { group: int(2), strides: ints([2, 2]) }],
      ['one dimension', ['N', 2, 4], [2, 3, 3], { strides: ints([2]) }],
      ['patches', ['N', 4, 2, 1, 2], [4, 2, 2, 3, 2], { group: int(2), strides: ints([2, 3, 2]) }],
    ] as const
  ).map(([about, x, w, attributes]) => convolution(about, x, w, attributes, true, 'ConvTranspose')),
  ...poolings.map(([about, attributes, x]) => pool('MaxPool', about, attributes, x)),
  ...poolings.map(([about, attributes, x]) => pool('AveragePool', about, attributes, x)),
  ...poolings.map(([about, attributes, x]) =>
    pool('AveragePool', `${about}, padding counted`, { ...attributes, count_include_pad: int(1) }, x),
  ),
  ...poolings.map(([about, attributes, x]) => pool('LpPool', about, attributes, x)),
  ...[1, 3].map((p) => pool('LpPool', `p = ${p}`, { ...poolings[3]![1], p: int(p) })),
  ...[1, 2, 3].map((p) => pool('GlobalLpPool', `p = ${p}`, { p: int(p) })),
  ...['GlobalAveragePool', 'GlobalMaxPool'].flatMap((op) => [
    pool(op, 'image', {}),
    pool(op, 'line', {}, ['N', 3, 5]),
  ]),
];
