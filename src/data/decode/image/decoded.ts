import { usageError } from '../../../base/errors.js';
import type { Tensor } from '../../../tensor/tensor.js';
import type { DecodeLimits } from './limits.js';

/** What may leave a DICOM file beside its pixels. */
export type Attributes = Readonly<Record<string, string | number>>;

/** Stored values of pixels in the type that holds them. */
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
   * Which frame of a multi-frame file, from 0. Left out: frame 0 of display values, and all frames of
   * stored ones (`raw`), with a leading axis where there are several.
   */
  readonly frame?: number;
  /** Stored values in their own type instead of display values. */
  readonly raw?: boolean;
  /** Overrides the window that a DICOM file asks for, in units after the rescale. */
  readonly window?: Window;
  /** Where given, `patient` of the result is the salted hash of the patient identifier. */
  readonly salt?: string;
  readonly limits?: Partial<DecodeLimits>;
  /** Stops a compressed DICOM frame in the middle of its decoding. */
  readonly signal?: AbortSignal;
}

export interface Window {
  readonly center: number;
  readonly width: number;
}

/** An image as read from a file, without anything that identifies a person. */
export interface DecodedImage {
  /**
   * `[H, W]`, or `[H, W, C]` where there are several channels; stored values of several frames have a leading
   * axis. Display values are float32 in [0, 1] (0 black); stored ones come in their own type.
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
}

/** An image of display values. */
export interface DisplayImage extends DecodedImage {
  readonly pixels: Tensor;
}

/** Throws where there is no such frame. */
export function checkFrame(frame: number, frames: number): void {
  if (!Number.isInteger(frame) || frame < 0 || frame >= frames) {
    throw usageError(`frame ${frame} is asked for; it has ${frames} (0 to ${frames - 1})`);
  }
}
