import { inputError, unsupported } from '../../../../base/errors.js';

/** What a codestream's own header says, read before any codec is given the frame. */
export interface CodestreamHeader {
  readonly width: number;
  readonly height: number;
  readonly samples: number;
  readonly precision: number;
}

export interface JpegHeader extends CodestreamHeader {
  /** The start-of-frame marker. */
  readonly process: number;
}

/** The start-of-frame segment of JPEG-LS (T.87) or JPEG (T.81). */
export function readJpegHeader(bytes: Uint8Array): JpegHeader {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) throw inputError('its frame does not begin as JPEG does');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = 2; at + 4 <= bytes.length; ) {
    if (bytes[at] !== 0xff) throw inputError('its JPEG frame is damaged before the image begins');
    const marker = bytes[at + 1]!;
    if (marker === 0xff) {
      at += 1;
      continue;
    }
    if (isStartOfFrame(marker)) {
      if (at + 10 > bytes.length) break;
      return {
        process: marker,
        precision: bytes[at + 4]!,
        height: view.getUint16(at + 5),
        width: view.getUint16(at + 7),
        samples: bytes[at + 9]!,
      };
    }
    at += 2 + view.getUint16(at + 2);
  }
  throw inputError('its JPEG frame is cut off before the image begins');
}

/** SOF0 to SOF15 without the markers for tables, and SOF55 of JPEG-LS. */
const isStartOfFrame = (marker: number): boolean =>
  (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc) ||
  marker === 0xf7;

/** Throws where the codestream's own size is not the one that the data set declares. */
export function checkHeader(
  header: CodestreamHeader,
  declared: { readonly rows: number; readonly columns: number; readonly samples: number },
): void {
  const { width, height, samples } = header;
  if (width !== declared.columns || height !== declared.rows || samples !== declared.samples) {
    throw inputError(
      `its frame is ${height} x ${width} with ${samples} channels, ` +
        `but ${declared.rows} x ${declared.columns} with ${declared.samples} is declared`,
    );
  }
  if (header.precision > 16) {
    throw unsupported(`${header.precision}-bit samples are not supported in compressed frames (up to 16)`);
  }
}
