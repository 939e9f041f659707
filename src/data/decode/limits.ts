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
  /** Samples of all frames that are decoded together. */
  readonly totalSamples: number;
}

export const defaultLimits: DecodeLimits = {
  fileBytes: 2 ** 31 - 1,
  inflatedBytes: 2 ** 28,
  elements: 500_000,
  frameSamples: 2 ** 26,
  totalSamples: 2 ** 28,
};
