import { usageError } from '../../../base/errors.js';
import type { Tensor } from '../../../tensor/tensor.js';
import type { DecodeLimits } from './limits.js';

/** Whitelisted DICOM attributes by name. */
export type Attributes = Readonly<Record<string, string | number>>;

/** Stored pixel values in their own type. */
export type StoredArray =
  | Uint8Array
  | Int8Array
  | Uint16Array
  | Int16Array
  | Uint32Array
  | Int32Array
  | Float32Array
  | Float64Array;

export interface DecodeOptions {
  /**
   * Frame index of a multi-frame file, from 0. Default: frame 0 of display values, or all frames of stored
   * values (`raw`), with a leading axis where there are several.
   */
  readonly frame?: number;
  /** Returns stored values in their own type instead of display values. */
  readonly raw?: boolean;
  /** Overrides the window of a DICOM file, in rescaled units. */
  readonly window?: Window;
  /** Whether the EXIF orientation of a picture is applied; yes by default. */
  readonly oriented?: boolean;
  /** Salt for the result's `patient`, the hash of the patient identifier. */
  readonly salt?: string;
  readonly limits?: Partial<DecodeLimits>;
  /** Aborts the decoding of a compressed DICOM frame. */
  readonly signal?: AbortSignal;
}

export interface Window {
  readonly center: number;
  readonly width: number;
}

/** A decoded image without personal identifiers. */
export interface DecodedImage {
  /**
   * `[H, W]`, or `[H, W, C]` for several channels; stored values of several frames have a leading axis.
   * Display values are float32 in [0, 1], 0 black. Stored values keep their own type.
   */
  readonly pixels: Tensor<StoredArray>;
  /** 1 for grey, 3 for colour. */
  readonly channels: number;
  /** Number of frames in the file. */
  readonly frames: number;
  /** Whitelisted DICOM attributes by name. */
  readonly attributes: Attributes;
  /** Salted hash of the patient identifier, where a salt was given. */
  readonly patient?: string;
  /** The values that become 0 and 1, where those are the least and greatest, or of a window. */
  readonly stretched?: { readonly low: number; readonly high: number };
  /** How many windows or tables of interest a DICOM file offers for the frame; the first is applied. */
  readonly windows?: number;
  /** Whether the least of the stored values is white, as a TIFF file can say. */
  readonly negative?: boolean;
  /** What a reader has to know of its values, such as pixels without one, or bits beside those stored. */
  readonly doubts?: readonly string[];
}

/** A decoded image of display values. */
export interface DisplayImage extends DecodedImage {
  readonly pixels: Tensor;
}

/** What is called with what has to be known of a volume's values. */
export interface VolumeReport {
  /** With a sentence, such as that some are not a number. */
  readonly onDoubt?: (doubt: string) => void;
  /** With the values that become 0 and 1, where they depend on the file. */
  readonly onRange?: (range: { readonly low: number; readonly high: number }) => void;
}

/** Throws where the frame index is out of range. */
export function checkFrame(frame: number, frames: number): void {
  if (!Number.isInteger(frame) || frame < 0 || frame >= frames) {
    throw usageError(`frame ${frame} is asked for; it has ${frames} (0 to ${frames - 1})`);
  }
}
