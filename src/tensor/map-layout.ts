import { inputError } from '../base/errors.js';
import { channelsFirst } from './channels.js';
import { type Tensor, type TypedArray, toFloat32 } from './tensor.js';

export const mapLayouts = ['NCHW', 'NHWC'] as const;
export type MapLayout = (typeof mapLayouts)[number];

/** Numbers of channels that images have. */
const ofImages = new Set([1, 3, 4]);

/**
 * Maps with their channels first, of the stated layout or of that which their height and width, where known,
 * tell. Throws where nothing tells, and only channels at the end are as many as those of an image.
 */
export const withChannelsFirst = (
  map: Tensor<TypedArray>,
  stated?: MapLayout,
  places?: readonly number[],
): Tensor<TypedArray> => (layoutOf(map, stated, places) === 'NHWC' ? channelsFirst(toFloat32(map)) : map);

function layoutOf(
  { shape }: Tensor<TypedArray>,
  stated: MapLayout | undefined,
  places: readonly number[] | undefined,
): MapLayout {
  if (shape.length !== 4) return 'NCHW';
  if (stated) return stated;
  const [, first, second, last] = shape as readonly [number, number, number, number];
  const alike = first > 1 && first === second && second === last;
  if (places && alike && places.join() === [second, last].join()) throw untold(shape);
  if (places?.join() === [second, last].join()) return 'NCHW';
  if (places?.join() === [first, second].join()) return 'NHWC';
  if (places || ofImages.has(first) || !ofImages.has(last)) return 'NCHW';
  throw untold(shape);
}

const untold = (shape: readonly number[]) =>
  inputError(
    `nothing tells whether maps of the shape [${shape}] have their channels first or last; option layout states NCHW or NHWC`,
  );
