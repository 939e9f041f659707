import type { Attributes } from '../../../graph/attributes.js';
import { float, int, ints, string } from '../../../graph/attributes.js';
import { float32, int64, scalar } from '../../../graph/elements.js';
import type { Case } from './case.js';

const x = ['N', 2, 4, 5] as const;

const resize = (about: string, scales: readonly number[], attributes: Attributes): Case => ({
  op: 'Resize',
  about: `${about}, scales ${scales}`,
  inputs: [x, '', float32([1, 1, ...scales])],
  attributes,
});

const sized = (about: string, sizes: readonly number[], attributes: Attributes): Case => ({
  op: 'Resize',
  about: `${about}, sizes ${sizes}`,
  inputs: [x, '', '', int64(sizes)],
  attributes: { ...attributes, axes: ints([2, 3]) },
});

const mode = (name: string, position: string, rest: Attributes = {}): Attributes => ({
  mode: string(name),
  coordinate_transformation_mode: string(position),
  ...rest,
});

const positions = ['half_pixel', 'pytorch_half_pixel', 'align_corners', 'asymmetric', 'half_pixel_symmetric'];
const nearest = ['round_prefer_floor', 'round_prefer_ceil', 'floor', 'ceil'];

const pad = (about: string, pads: readonly number[], rest: Partial<Case> = {}): Case => ({
  op: 'Pad',
  about: `${about} ${pads}`,
  inputs: [x, int64(pads)],
  ...rest,
});

/** Positions reach beyond the image on all sides. */
const sampling = (modeName: string, padding: string, aligned: 0 | 1, rest: Partial<Case> = {}): Case => ({
  op: 'GridSample',
  about: `${modeName}, ${padding}, corners ${aligned ? '' : 'not '}aligned`,
  inputs: [x, ['N', 3, 2, 2]],
  attributes: {
    mode: string(modeName),
    padding_mode: string(padding),
    align_corners: int(aligned),
  },
  between: [-1.9, 1.9],
  ...rest,
});

export const resamplingCases: readonly Case[] = [
  ...positions.flatMap((position) => [
    resize(`linear ${position}`, [2, 2], mode('linear', position)),
    resize(`linear ${position}`, [0.5, 1.5], mode('linear', position)),
    sized(`linear ${position}`, [7, 3], mode('linear', position)),
    resize(`cubic ${position}`, [2, 1.5], mode('cubic', position)),
  ]),
  ...nearest.flatMap((rounding) => [
    resize(`nearest ${rounding}`, [2, 3], mode('nearest', 'asymmetric', { nearest_mode: string(rounding) })),
    resize(
      `nearest ${rounding}`,
      [2, 0.7],
      mode('nearest', 'half_pixel', { nearest_mode: string(rounding) }),
    ),
  ]),
  sized('cubic outside excluded', [7, 8], mode('cubic', 'half_pixel', { exclude_outside: int(1) })),
  sized('cubic of Keys', [3, 8], mode('cubic', 'half_pixel', { cubic_coeff_a: float(-0.5) })),
  ...['linear', 'cubic'].flatMap((name) =>
    positions.flatMap((position) =>
      [0, 1].map((exclude) =>
        sized(
          `${name} ${position} antialiased${exclude ? ', outside excluded' : ''}`,
          [3, 2],
          mode(name, position, { antialias: int(1), exclude_outside: int(exclude) }),
        ),
      ),
    ),
  ),
  sized('linear antialiased, one axis longer', [7, 2], mode('linear', 'half_pixel', { antialias: int(1) })),
  pad('zeros', [0, 0, 1, 2, 0, 0, 0, 1]),
  pad('cropped', [0, 0, -1, 2, 0, 0, 0, -1]),
  { op: 'Pad', about: 'a value', inputs: [x, int64([0, 1, 0, 0, 0, 0, 1, 1]), scalar(0.7)] },
  { op: 'Pad', about: 'some axes', inputs: [x, int64([1, 0, 2, 1]), '', int64([-1, 1])] },
  pad('reflected', [0, 0, 1, 2, 0, 0, 3, 1], { attributes: { mode: string('reflect') } }),
  pad('edges', [0, 0, 1, 2, 0, 1, 3, 0], { attributes: { mode: string('edge') } }),
  ...(['zeros', 'border', 'reflection'] as const).flatMap((padding) =>
    ([0, 1] as const).flatMap((aligned) => [
      sampling('linear', padding, aligned),
      sampling('cubic', padding, aligned),
      sampling('nearest', padding, aligned),
      sampling('linear', padding, aligned, {
        inputs: [
          ['N', 2, 3, 2, 4],
          ['N', 2, 2, 3, 3],
        ],
      }),
    ]),
  ),
  ...['linear', 'cubic', 'nearest'].map((name) =>
    sampling(name, 'zeros', 0, {
      about: `${name}, at given places`,
      inputs: [[1, 2, 4, 5], float32([-0.9, 0.3, 0.1, 0.2, 0.7, -1.1, 0.4, 0.5], [1, 2, 2, 2])],
    }),
  ),
  sampling('linear', 'reflection', 1, {
    inputs: [
      ['N', 1, 1, 4],
      ['N', 2, 2, 2],
    ],
  }),
  pad('wrapped', [0, 0, 1, 2, 0, 0, 3, 0], { attributes: { mode: string('wrap') } }),
];
