import { inputError, unsupported } from '../../../../base/errors.js';
import { tensor } from '../../../../tensor/tensor.js';
import type { DisplayImage, StoredArray, Window } from '../../image/decoded.js';
import { missingValues, toUnitRange } from '../../image/unit.js';
import { compressedFrames } from '../file/frames.js';
import type { Layout } from '../file/layout.js';
import type { DicomFile } from '../file/parse.js';
import { jpegIsYbr } from '../jpeg/header.js';
import { greyToUnit, isWindowVoid } from './grey.js';
import { paletteToRgb } from './palette.js';
import { type Beyond, bitsBeyond, significantValues } from './significant.js';
import { ybrToRgb } from './ybr.js';

/**
 * Converts the stored values of one frame to display values, `[H, W]` grey or `[H, W, 3]` RGB in [0, 1], with
 * the rescaled values that become 0 and 1 where they depend on the file.
 */
export function displayFrame(
  file: DicomFile,
  layout: Layout,
  frame: number,
  stored: StoredArray,
  window: Window | undefined,
): Pick<DisplayImage, 'pixels' | 'stretched' | 'windows'> {
  const { rows, columns, samples, photometric, signed } = layout;
  const beyond = bitsBeyond(stored, file.data, layout);
  if (beyond?.are === 'unclear') {
    throw inputError(
      `${tellBeyond(beyond, stored, layout)}, and neither with nor without them its picture is even: its Bits Stored (0028,0101) may be wrong`,
    );
  }
  const values = significantValues(stored, file.data, layout, beyond);
  if (samples === 3) return { pixels: tensor(colour(file, layout, frame, values), [rows, columns, 3]) };
  if (samples !== 1) throw unsupported(`${samples} samples per pixel (${photometric}) are not displayed`);
  if (photometric === 'PALETTE COLOR') {
    return { pixels: tensor(paletteToRgb(values, file.data, signed), [rows, columns, 3]) };
  }
  if (!photometric.startsWith('MONOCHROME'))
    throw inputError(`one sample per pixel cannot be ${photometric}`);
  const { units, range, offered } = greyToUnit(values, file.data, fitting(layout, beyond), frame, window);
  return {
    pixels: tensor(units, [rows, columns]),
    ...(range && { stretched: range }),
    ...(offered !== undefined && { windows: offered }),
  };
}

/** The layout of values that keep the bits above those that it states. */
const fitting = (layout: Layout, beyond: Beyond | undefined): Layout =>
  beyond?.are === 'values' ? { ...layout, bitsStored: layout.bitsAllocated } : layout;

/** What a reader has to know of a frame's display values. */
export function doubtsOf(
  { data }: DicomFile,
  layout: Layout,
  frame: number,
  stored: StoredArray,
  window: Window | undefined,
): readonly string[] {
  const isOwn = window === undefined && layout.photometric.startsWith('MONOCHROME');
  const windows = isOwn && isWindowVoid(data, layout, frame) ? [VOID] : [];
  const values = layout.numeric === 'float' ? missingValues(stored) : bitDoubts(data, layout, stored);
  return [...windows, ...values];
}

const VOID =
  'its Window Center and Window Width (0028,1050 and 1051) make no window: it is shown without one';

function bitDoubts(data: DicomFile['data'], layout: Layout, stored: StoredArray): readonly string[] {
  const beyond = bitsBeyond(stored, data, layout);
  if (beyond === undefined) return [];
  const done =
    beyond.are === 'values'
      ? 'they are kept, as the picture is even with them: it has more bits than it says'
      : 'they are masked';
  return [`${tellBeyond(beyond, stored, layout)}: ${done}`];
}

const tellBeyond = ({ count }: Beyond, stored: StoredArray, { bitsStored, highBit }: Layout): string =>
  `${count} of its ${stored.length} values have bits above bit ${highBit}, where its ${bitsStored} stored bits end`;

function colour(file: DicomFile, layout: Layout, frame: number, stored: StoredArray): Float32Array {
  const largest = 2 ** (layout.bitsAllocated > 16 ? layout.bitsAllocated : layout.bitsStored) - 1;
  if (isYbr(file, layout, frame))
    return ybrToRgb(stored, largest, layout.photometric.startsWith('YBR_PARTIAL'));
  return toUnitRange(stored, 1 / largest);
}

/**
 * Whether samples are YCbCr. JPEG 2000 codecs invert its transforms (ICT, RCT). The markers of a JPEG frame
 * take precedence over the data set.
 */
function isYbr(file: DicomFile, layout: Layout, frame: number): boolean {
  const { photometric } = layout;
  if (photometric === 'YBR_ICT' || photometric === 'YBR_RCT') return false;
  const declared = photometric.startsWith('YBR_');
  if (file.syntax.compression !== 'jpeg') return declared;
  return jpegIsYbr(compressedFrames(file, layout)(frame)) ?? declared;
}
