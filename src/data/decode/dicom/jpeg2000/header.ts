import { inputError } from '../../../../base/errors.js';
import type { CodestreamHeader } from '../file/codestream.js';

/** Main header of a JPEG 2000 codestream. */
export interface Jpeg2000Header extends CodestreamHeader {
  /** The codestream from its first byte. */
  readonly view: DataView;
  /** Extent of the image and its tiles on the reference grid: horizontal, then vertical. */
  readonly axes: readonly [Axis, Axis];
  readonly tiles: number;
}

export interface Axis {
  readonly begin: number;
  readonly end: number;
  readonly tileBegin: number;
  readonly tileLength: number;
  readonly tiles: number;
}

/** Maximum number of tiles; far above real images. Each tile costs the codec memory. */
const tileLimit = 4096;

/** Reads the SIZ segment of JPEG 2000 (T.800 A.5.1), from a bare codestream or a JP2 file. */
export function readJpeg2000Header(bytes: Uint8Array): Jpeg2000Header {
  const start = codestreamStart(bytes);
  if (start + 43 > bytes.length) throw inputError('its JPEG 2000 frame is cut off within its header');
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, bytes.length - start);
  const axes = [axis(view, 8), axis(view, 12)] as const;
  const tiles = axes[0].tiles * axes[1].tiles;
  if (tiles > tileLimit) throw inputError(`its frame has ${tiles} tiles; up to ${tileLimit} are accepted`);
  const [width, height] = [axes[0].end - axes[0].begin, axes[1].end - axes[1].begin];
  const precision = (view.getUint8(42) & 0x7f) + 1;
  return { width, height, samples: view.getUint16(40), precision, view, axes, tiles };
}

function axis(view: DataView, at: number): Axis {
  const [end, begin, tileLength, tileBegin] = [0, 8, 16, 24].map((o) => view.getUint32(at + o)) as [
    number,
    number,
    number,
    number,
  ];
  if (end <= begin || tileLength === 0) throw inputError('its JPEG 2000 header declares an empty image');
  if (tileBegin > begin) throw inputError('its JPEG 2000 header lays no tiles over its image');
  return { begin, end, tileBegin, tileLength, tiles: Math.ceil((end - tileBegin) / tileLength) };
}

function codestreamStart(bytes: Uint8Array): number {
  if (bytes[0] === 0xff && bytes[1] === 0x4f) return 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 0; at + 8 <= bytes.length; ) {
    const length = view.getUint32(at);
    if (view.getUint32(at + 4) === 0x6a703263) return at + 8;
    if (length < 8) break;
    at += length;
  }
  throw inputError('its frame does not begin as JPEG 2000 does');
}

/** Yields marker and position of every segment before the marker `end` (T.800 A.3). */
export function* segments(view: DataView, from: number, end: number): Iterable<[marker: number, at: number]> {
  for (let at = from; at + 4 <= view.byteLength && view.getUint16(at) !== end; ) {
    yield [view.getUint16(at), at];
    at += 2 + view.getUint16(at + 2);
  }
}
