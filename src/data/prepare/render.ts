import { resizeBilinear } from '../../tensor/resize.js';
import { tensor } from '../../tensor/tensor.js';
import { rawOf, type Source } from './pictures/source.js';
import { type ImageForm, isWhole, type View } from './view.js';

/**
 * Draws a view of an image into `into`, planar `[C, H, W]`, with black padding. Shrinking uses sharp
 * (Lanczos). Enlarging is bilinear and done here, because libvips shifts enlarged images by half a pixel.
 * Returns whether the view shows anything: not one value alone.
 */
export async function render(
  source: Source,
  { crop, place, ...view }: View,
  form: ImageForm,
  into: Uint8Array | Uint16Array,
): Promise<boolean> {
  const pipeline = source.open();
  if (!isWhole({ crop, place, ...view }, source.width, source.height)) {
    pipeline.extract({ left: crop.x, top: crop.y, width: crop.width, height: crop.height });
  }
  const [width, height] = [Math.min(crop.width, place.width), Math.min(crop.height, place.height)];
  pipeline.resize(width, height, { fit: 'fill' });
  const deep = form.bits === 16 && source.bits === 16;
  const small = await rawOf(pipeline, form.channels, deep);
  const planes = planar(small.values, small.depth, form.channels, width * height);
  const drawn =
    width === place.width && height === place.height ? planes : enlarged(planes, form, place, width, height);
  const gain = form.bits === 16 && !deep ? 257 : 1;
  into.fill(0);
  for (let c = 0; c < form.channels; c++) {
    for (let y = 0; y < place.height; y++) {
      const from = (c * place.height + y) * place.width;
      const to = (c * form.height + place.y + y) * form.width + place.x;
      for (let x = 0; x < place.width; x++) into[to + x] = drawn[from + x]! * gain;
    }
  }
  return drawn.some((value) => value !== drawn[0]);
}

/** Converts interleaved values to planes; a grey image is repeated in all of them. */
function planar(
  values: Uint8Array | Uint16Array,
  depth: 1 | 3,
  channels: 1 | 3,
  pixels: number,
): Uint8Array | Uint16Array {
  if (depth === 1 && channels === 1) return values;
  const planes =
    values instanceof Uint16Array ? new Uint16Array(pixels * channels) : new Uint8Array(pixels * channels);
  for (let c = 0; c < channels; c++) {
    const offset = depth === 1 ? 0 : c;
    for (let i = 0; i < pixels; i++) planes[c * pixels + i] = values[i * depth + offset]!;
  }
  return planes;
}

function enlarged(
  planes: Uint8Array | Uint16Array,
  { channels }: ImageForm,
  place: { width: number; height: number },
  width: number,
  height: number,
): Float32Array {
  const small = tensor(Float32Array.from(planes), [channels, height, width]);
  return resizeBilinear(small, place.height, place.width).data.map(Math.round);
}
