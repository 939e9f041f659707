/** A component's samples with the width that its rows are stored with. */
export interface Samples {
  readonly data: Uint16Array;
  readonly stride: number;
  readonly width: number;
  readonly height: number;
}

/**
 * A subsampled component at the size of the image. Halved ones are interpolated with weights 3/4 and 1/4, their
 * samples taken as centred (the filter that libjpeg calls fancy upsampling); other ratios repeat samples.
 */
export function upsample(samples: Samples, h: number, v: number, width: number, height: number): Samples {
  if (h === 1 && v === 1) return samples;
  if (h === 2 && v === 1 && samples.width > 2) return triangleAcross(samples, width, height);
  if (h === 2 && v === 2 && samples.width > 2) return triangleBoth(samples, width, height);
  const data = new Uint16Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      data[y * width + x] = samples.data[Math.floor(y / v) * samples.stride + Math.floor(x / h)]!;
    }
  }
  return { data, stride: width, width, height };
}

/** Rounded half down to the left and half up to the right, so that errors do not add up to a shift. */
function triangleAcross({ data, stride, width: last }: Samples, width: number, height: number): Samples {
  const out = new Uint16Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const near = x >> 1;
      const far = Math.min(Math.max(near + (x & 1 ? 1 : -1), 0), last - 1);
      out[y * width + x] = (3 * data[y * stride + near]! + data[y * stride + far]! + (x & 1 ? 2 : 1)) >> 2;
    }
  }
  return { data: out, stride: width, width, height };
}

function triangleBoth(samples: Samples, width: number, height: number): Samples {
  const { data, stride } = samples;
  const out = new Uint16Array(width * height);
  const line = new Uint32Array(samples.width);
  for (let y = 0; y < height; y++) {
    const near = (y >> 1) * stride;
    const far = Math.min(Math.max((y >> 1) + (y & 1 ? 1 : -1), 0), samples.height - 1) * stride;
    for (let x = 0; x < samples.width; x++) line[x] = 3 * data[near + x]! + data[far + x]!;
    for (let x = 0; x < width; x++) {
      const here = x >> 1;
      const there = Math.min(Math.max(here + (x & 1 ? 1 : -1), 0), samples.width - 1);
      out[y * width + x] = (3 * line[here]! + line[there]! + (x & 1 ? 7 : 8)) >> 4;
    }
  }
  return { data: out, stride: width, width, height };
}
