import { inputError, unsupported } from '../../../../base/errors.js';

/** Frame data from a codestream's own header, read before decoding. */
export interface CodestreamHeader {
  readonly width: number;
  readonly height: number;
  readonly samples: number;
  readonly precision: number;
}

/** Decoded samples of a compressed frame: interleaved unless `planar`. */
export interface CodecFrame extends CodestreamHeader {
  readonly data: Uint8Array | Int8Array | Uint16Array | Int16Array;
  readonly planar: boolean;
}

/** Throws where the size in the codestream differs from the data set. */
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
