import type { StoredArray } from '../../image/decoded.js';

/**
 * Converts YCbCr to RGB in [0, 1] (DICOM PS3.3 C.7.6.3.1.2, ITU-R BT.601). `largest` is the largest sample
 * value. The partial form has luminance in 16 to 235 and chrominance in 16 to 240 of 255.
 */
export function ybrToRgb(stored: StoredArray, largest: number, partial: boolean): Float32Array {
  const out = new Float32Array(stored.length);
  const middle = (largest + 1) / 2;
  const unit = (largest + 1) / 256;
  const black = partial ? 16 * unit : 0;
  const luminance = partial ? 1 / (219 * unit) : 1 / largest;
  const colour = partial ? 1 / (224 * unit) : 1 / largest;
  for (let i = 0; i + 2 < stored.length; i += 3) {
    const y = (stored[i]! - black) * luminance;
    const b = (stored[i + 1]! - middle) * colour;
    const r = (stored[i + 2]! - middle) * colour;
    out[i] = unitClamp(y + 1.402 * r);
    out[i + 1] = unitClamp(y - ((0.114 * 1.772) / 0.587) * b - ((0.299 * 1.402) / 0.587) * r);
    out[i + 2] = unitClamp(y + 1.772 * b);
  }
  return out;
}

const unitClamp = (value: number): number => (value < 0 ? 0 : value > 1 ? 1 : value);
