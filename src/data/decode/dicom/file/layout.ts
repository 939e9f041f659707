import type { DataSet, Element } from 'dicom-parser';
import { inputError, unsupported } from '../../../../base/errors.js';
import type { DecodeLimits } from '../../image/limits.js';
import { objectOf } from './object.js';

/** Pixel layout of a frame, checked against the limits. */
export interface Layout {
  readonly rows: number;
  readonly columns: number;
  readonly samples: number;
  readonly frames: number;
  readonly bitsAllocated: number;
  readonly bitsStored: number;
  readonly highBit: number;
  readonly signed: boolean;
  /** Channels are stored in separate planes instead of interleaved. */
  readonly planar: boolean;
  readonly photometric: string;
  readonly numeric: 'integer' | 'float';
  readonly pixels: Element;
}

/** What PS3.3 C.7.6.3.1.2 lists; other text may name anything, and is not repeated. */
export const photometrics = [
  ...['MONOCHROME1', 'MONOCHROME2', 'PALETTE COLOR', 'RGB', 'YBR_FULL', 'YBR_FULL_422', 'YBR_PARTIAL_422'],
  ...['YBR_PARTIAL_420', 'YBR_ICT', 'YBR_RCT', 'HSV', 'ARGB', 'CMYK'],
] as const;

function photometricOf(text: string): string {
  const word = text.trim().toUpperCase();
  return photometrics.find((one) => one === word) ?? 'of an unknown photometric interpretation';
}

const allocations = { integer: [1, 8, 12, 16, 32], float: [32, 64] };

/** Reads and checks the image pixel module (DICOM PS3.3 C.7.6.3). */
export function readLayout(data: DataSet, limits: DecodeLimits): Layout {
  const float = data.elements.x7fe00008 ?? data.elements.x7fe00009;
  const pixels = data.elements.x7fe00010 ?? float;
  if (pixels === undefined) {
    const { object } = objectOf(data) ?? {};
    throw inputError(
      object === undefined ? 'it holds no pixel data' : `it is ${object} and holds no pixel data`,
    );
  }
  const numeric = pixels === float ? 'float' : 'integer';
  const need = (tag: string, name: string) => {
    const value = data.uint16(tag);
    if (value === undefined) throw inputError(`it does not say its ${name}`);
    return value;
  };
  const rows = need('x00280010', 'Rows');
  const columns = need('x00280011', 'Columns');
  const bitsAllocated =
    numeric === 'float' ? (pixels === data.elements.x7fe00009 ? 64 : 32) : need('x00280100', 'BitsAllocated');
  const samples = data.uint16('x00280002') ?? 1;
  const bitsStored = data.uint16('x00280101') ?? bitsAllocated;
  const layout = {
    rows,
    columns,
    samples,
    frames: frameCount(data),
    bitsAllocated,
    bitsStored,
    highBit: data.uint16('x00280102') ?? bitsStored - 1,
    signed: data.uint16('x00280103') === 1,
    planar: samples > 1 && data.uint16('x00280006') === 1,
    photometric: photometricOf(data.string('x00280004') ?? (samples === 3 ? 'RGB' : 'MONOCHROME2')),
    numeric,
    pixels,
  } as const;
  check(layout, limits);
  return layout;
}

/** Absent and empty both mean one frame. */
function frameCount(data: DataSet): number {
  const text = data.string('x00280008');
  if (text === undefined || text === '') return 1;
  const frames = Number(text);
  if (!Number.isInteger(frames) || frames < 1) throw inputError('its NumberOfFrames is not a count');
  return frames;
}

function check(layout: Layout, { frameSamples }: DecodeLimits): void {
  const { rows, columns, samples, bitsAllocated, bitsStored, highBit, numeric } = layout;
  if (rows === 0 || columns === 0) throw inputError(`its image of ${rows} x ${columns} pixels is empty`);
  if (samples !== 1 && samples !== 3 && samples !== 4) {
    throw inputError(`it has ${samples} samples per pixel; 1, 3 or 4 are read`);
  }
  if (rows * columns * samples > frameSamples) {
    throw inputError(
      `a frame of ${rows} x ${columns} x ${samples} samples is over the limit of ${frameSamples}`,
    );
  }
  if (stored422(layout) && columns % 2 !== 0) {
    throw inputError(`its ${columns} columns cannot share colours in pairs (${layout.photometric})`);
  }
  if (!allocations[numeric].includes(bitsAllocated)) {
    throw unsupported(
      `${bitsAllocated} bits per sample are not supported (${allocations[numeric].join(', ')})`,
    );
  }
  if (numeric === 'integer' && (bitsStored < 1 || bitsStored > bitsAllocated || highBit >= bitsAllocated)) {
    throw inputError(`it stores ${bitsStored} bits up to bit ${highBit} of ${bitsAllocated} allocated ones`);
  }
}

export const samplesPerFrame = ({ rows, columns, samples }: Layout): number => rows * columns * samples;

/** Bytes of one uncompressed frame; fractional where 1-bit frames end inside a byte. */
export const bytesPerFrame = (layout: Layout): number =>
  (stored422(layout) ? layout.rows * layout.columns * 2 : samplesPerFrame(layout)) *
  (layout.bitsAllocated / 8);

/** Whether uncompressed data is 4:2:2: two luminance samples share a pair of chrominance samples. */
export const stored422 = ({ photometric, samples }: Layout): boolean =>
  samples === 3 && (photometric === 'YBR_FULL_422' || photometric === 'YBR_PARTIAL_422');
