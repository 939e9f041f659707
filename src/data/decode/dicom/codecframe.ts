/** A compressed frame's samples as a codec gives them: pixel after pixel unless `planar`. */
export interface CodecFrame {
  readonly data: Uint8Array | Int8Array | Uint16Array | Int16Array;
  readonly width: number;
  readonly height: number;
  readonly samples: number;
  readonly precision: number;
  readonly planar: boolean;
}
