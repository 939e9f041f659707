import { usageError } from '../../base/errors.js';
import { choice, either, integer, type Option, type OptionValues, text } from '../../base/options.js';
import {
  cropped,
  type Frame,
  letterboxed,
  letterboxPlace,
  original,
  type Rectangle,
  resized,
} from '../geometry/frame.js';

/** Maximum height and width of a prepared image in pixels. */
export const maximumSide = 4096;

/** Options for the images of a prepared set. */
export const imageOptions = {
  size: either(
    integer({
      doc: "The model's input in pixels.",
      min: 8,
      max: maximumSide,
      default: 224,
    }),
    { ...text({ doc: '', default: '' }), accepts: 'height,width' },
  ),
  channels: {
    doc: 'Grey or colour.',
    accepts: '1 or 3',
    default: 1,
    read: (given) => ([1, 3] as const).find((count) => String(count) === String(given)),
  } satisfies Option<1 | 3> as Option<1 | 3>,
  bits: choice(['8', '16'], { doc: 'Bits per intensity.', default: '8' }),
  fit: choice(['letterbox', 'stretch'], {
    doc: 'Whether the aspect ratio is kept, with black padding, or not.',
    default: 'letterbox',
  }),
};

export type ImageValues = OptionValues<typeof imageOptions>;

export interface ImageForm {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  readonly bits: 8 | 16;
  readonly fit: 'letterbox' | 'stretch';
}

export function imageForm({ size, channels, bits, fit }: ImageValues): ImageForm {
  const sides = String(size).split(',').map(Number);
  const [height, width = height] = sides;
  const whole = (n: number | undefined) =>
    n !== undefined && Number.isInteger(n) && n >= 8 && n <= maximumSide;
  if (sides.length > 2 || !whole(height) || !whole(width)) {
    throw usageError(
      `option 'size' got '${size}'; it takes a side from 8 to ${maximumSide}, or height,width`,
    );
  }
  return {
    height: height!,
    width: width!,
    channels,
    bits: bits === '16' ? 16 : 8,
    fit,
  };
}

/** How one input is cut from its original: the crop, its place in the input, and the transform as a frame. */
export interface View {
  readonly crop: Rectangle;
  readonly place: Rectangle;
  readonly frame: Frame;
}

export function viewOf(width: number, height: number, crop: Rectangle | undefined, form: ImageForm): View {
  const whole = original(width, height);
  const part = crop === undefined ? whole : cropped(whole, crop);
  const letterbox = form.fit === 'letterbox';
  return {
    crop: crop ?? { x: 0, y: 0, width, height },
    place: letterbox
      ? letterboxPlace(part, form.width, form.height)
      : { x: 0, y: 0, width: form.width, height: form.height },
    frame: letterbox ? letterboxed(part, form.width, form.height) : resized(part, form.width, form.height),
  };
}

export const isWhole = ({ crop }: View, width: number, height: number): boolean =>
  crop.x === 0 && crop.y === 0 && crop.width === width && crop.height === height;
