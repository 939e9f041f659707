/** What one file may cost, whatever its header claims. */
export interface DecodeLimits {
  /** Bytes of the file itself. */
  readonly fileBytes: number;
  /** Bytes that a deflated data set may grow to. */
  readonly inflatedBytes: number;
  /** Data elements and sequence items of one DICOM file. */
  readonly elements: number;
  /** Samples (rows x columns x channels) of one frame. */
  readonly frameSamples: number;
  /** Frames that are decoded together. */
  readonly frames: number;
  /** Samples of all frames that are decoded together. */
  readonly totalSamples: number;
  /**
   * Seconds that a codec may work on a file's frames. Those that are large in samples and bytes may take
   * several times what their like usually takes, in proportion to this number.
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
