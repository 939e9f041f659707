import { inputError } from '../../base/errors.js';
import { readBytes } from '../../base/files.js';
import type { Tensor } from '../../tensor/tensor.js';
import { isDicom } from './dicom/file/sniff.js';
import { decodeDicomVolume } from './dicom/volume.js';
import type { DecodeOptions, VolumeReport } from './image/decoded.js';
import { defaultLimits } from './image/limits.js';
import { kindOf } from './kind.js';
import { decodeNifti, isNifti } from './nifti.js';

/** Options of a volume: those of an image that hold for it, and the order of its axes. */
export interface VolumeOptions extends Pick<DecodeOptions, 'window' | 'signal' | 'limits'>, VolumeReport {
  /** `zyx`, slices first (the default), or `xyz`, as nibabel and MONAI read NIfTI files. */
  readonly axes?: 'zyx' | 'xyz';
}

/**
 * Decodes a volume to `[D, H, W]` in [0, 1]: a NIfTI file, also gzipped, of axes z, y, x; or a grey DICOM
 * file of several frames, sorted along the normal of their planes where they tell their positions. Every
 * error is a `SightlineError` prefixed with the path.
 */
export async function decodeVolume(path: string, options: VolumeOptions = {}): Promise<Tensor> {
  const limits = { ...defaultLimits, ...options.limits };
  const bytes = await readBytes(path, limits.fileBytes);
  const volume = isNifti(bytes)
    ? await decodeNifti(bytes, path, limits, options)
    : isDicom(bytes)
      ? await decodeDicomVolume(bytes, path, { ...options, limits })
      : undefined;
  if (volume) return options.axes === 'xyz' ? turned(volume) : volume;
  const kind = kindOf(bytes);
  throw inputError(
    `${path}: it is no volume: neither NIfTI (.nii, .nii.gz) nor DICOM of several frames${kind === undefined ? '' : ` but ${kind}`}`,
  );
}

/** The volume with its axes in the opposite order. */
function turned({ data, shape }: Tensor): Tensor {
  const [depth, height, width] = shape as [number, number, number];
  const out = new Float32Array(data.length);
  let to = 0;
  for (let x = 0; x < width; x++)
    for (let y = 0; y < height; y++)
      for (let z = 0; z < depth; z++) out[to++] = data[(z * height + y) * width + x]!;
  return { data: out, shape: [width, height, depth] };
}
