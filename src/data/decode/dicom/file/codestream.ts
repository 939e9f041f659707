import { inputError, unsupported } from '../../../../base/errors.js';

/** What a codestream's own header says, read before any codec is given the frame. */
export interface CodestreamHeader {
  readonly width: number;
  readonly height: number;
  readonly samples: number;
  readonly precision: number;
}

/** A compressed frame's samples as a codec gives them: pixel after pixel unless `planar`. */
export interface CodecFrame extends CodestreamHeader {
  readonly data: Uint8Array | Int8Array | Uint16Array | Int16Array;
  readonly planar: boolean;
}

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
