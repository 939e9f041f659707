/** Resource limits for decoding one file. */
export interface DecodeLimits {
  /** Size of the file in bytes. */
  readonly fileBytes: number;
  /** Size of an inflated data set in bytes. */
  readonly inflatedBytes: number;
  /** Data elements and sequence items of one DICOM file. */
  readonly elements: number;
  /** Samples (rows x columns x channels) of one frame. */
  readonly frameSamples: number;
  /** Frames decoded together. */
  readonly frames: number;
  /** Samples of all frames decoded together. */
  readonly totalSamples: number;
  /**
   * Decoding seconds for a file's compressed frames. Large frames may take several times their expected time,
   * in proportion to this number.
   */
  readonly seconds: number;
}

export const defaultLimits: DecodeLimits = {
  fileBytes: 2 ** 31 - 1,
  inflatedBytes: 2 ** 28,
  elements: 500_000,
  frameSamples: 2 ** 26,
  frames: 2 ** 20,
  totalSamples: 2 ** 28,
  seconds: 1,
};
