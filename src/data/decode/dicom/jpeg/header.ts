import { inputError } from '../../../../base/errors.js';
import type { CodestreamHeader } from '../file/codestream.js';

export interface JpegHeader extends CodestreamHeader {
  /** Start-of-frame marker. */
  readonly process: number;
}

/** Reads the start-of-frame segment of JPEG-LS (T.87) or JPEG (T.81). Throws where there is none. */
export function readJpegHeader(bytes: Uint8Array): JpegHeader {
  if (!begins(bytes)) throw inputError('its frame does not begin as JPEG does');
  const header = findJpegHeader(bytes);
  if (header === undefined) throw inputError('its JPEG frame is damaged or cut off before the image begins');
  return header;
}

/** Like `readJpegHeader`, but `undefined` where there is none. */
export function findJpegHeader(bytes: Uint8Array): JpegHeader | undefined {
  for (const { marker, content } of segments(bytes)) {
    if (!isStartOfFrame(marker)) continue;
    if (content.length < 6) return undefined;
    const view = new DataView(content.buffer, content.byteOffset);
    return {
      process: marker,
      precision: view.getUint8(0),
      height: view.getUint16(1),
      width: view.getUint16(3),
      samples: view.getUint8(5),
    };
  }
  return undefined;
}

/**
 * Whether a JPEG frame of three channels is YCbCr by its own markers. An Adobe segment names the transform.
 * JFIF means YCbCr. Components named R, G and B are RGB. Subsampled chrominance means YCbCr. `undefined`
 * where nothing decides it.
 */
export function jpegIsYbr(bytes: Uint8Array): boolean | undefined {
  let jfif = false;
  for (const { marker, content } of segments(bytes)) {
    if (marker === 0xee && names(content, 'Adobe') && content.length >= 12) return content[11] !== 0;
    if (marker === 0xe0 && names(content, 'JFIF')) jfif = true;
    if (!isStartOfFrame(marker)) continue;
    if (marker > 0xc2) return undefined;
    const components = String.fromCharCode(content[6] ?? 0, content[9] ?? 0, content[12] ?? 0);
    if (components === 'RGB') return false;
    return content[7] !== content[10] || jfif || undefined;
  }
  return undefined;
}

/** Yields the segments up to the first damaged one or the entropy-coded data. */
function* segments(bytes: Uint8Array): Generator<{ readonly marker: number; readonly content: Uint8Array }> {
  if (!begins(bytes)) return;
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff; ) {
    const marker = bytes[at + 1]!;
    if (marker === 0xff) at += 1;
    else if (standsAlone(marker)) at += 2;
    else {
      const length = bytes[at + 2]! * 256 + bytes[at + 3]!;
      if (length < 2) return;
      yield { marker, content: bytes.subarray(at + 4, at + 2 + length) };
      at += 2 + length;
    }
  }
}

const begins = (bytes: Uint8Array): boolean => bytes[0] === 0xff && bytes[1] === 0xd8;

const names = (content: Uint8Array, word: string): boolean =>
  [...word].every((letter, i) => content[i] === letter.charCodeAt(0));

/** TEM and RST0 to RST7, which have no length. Decoders skip them, so a start of frame after them counts. */
const standsAlone = (marker: number): boolean => marker === 1 || (marker >= 0xd0 && marker <= 0xd7);

/** SOF0 to SOF15 except DHT, JPG and DAC, and SOF55 of JPEG-LS. */
const isStartOfFrame = (marker: number): boolean =>
  (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) ||
  marker === 0xf7;
