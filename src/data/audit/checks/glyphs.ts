import { connectedParts } from '../../../tensor/components.js';
import { tensor } from '../../../tensor/tensor.js';
import type { Rectangle } from '../../geometry/frame.js';
import type { Raster } from '../../prepare/pictures/raster.js';

/** Letters are near white, near the border, and their background is at most about half as bright. */
const BRIGHT = 0.78 * 255;
const BORDER = 0.2;
const CONTRAST = 0.55;
const HEIGHT = [0.012, 0.09] as const;
const WIDTH = [0.004, 0.09] as const;
const FILL = [0.12, 0.85] as const;

/**
 * Bounding boxes, in original pixels, of bright connected components near the border that have the size, fill
 * and contrast of printed letters. A heuristic: it misses dark letters, letters on a bright background and
 * letters in the centre, and it reports some jewellery and electrodes.
 */
export function glyphsIn(raster: Raster): Rectangle[] {
  const { values, width, height } = raster;
  const bright = values.map((value) => (value >= BRIGHT ? 1 : 0));
  const scale = raster.originalWidth / width;
  return connectedParts(tensor(bright, [height, width])).flatMap((pixels) => {
    if (pixels.length > 0.01 * values.length) return [];
    const box = around(pixels, width);
    const like =
      within(box.height / height, HEIGHT) &&
      within(box.width / width, WIDTH) &&
      within(pixels.length / (box.width * box.height), FILL) &&
      box.height >= 5 &&
      nearBorder(box, width, height) &&
      groundOf(box, raster, bright) < CONTRAST * BRIGHT;
    return like
      ? [{ x: box.x * scale, y: box.y * scale, width: box.width * scale, height: box.height * scale }]
      : [];
  });
}

const within = (value: number, [low, high]: readonly [number, number]) => value >= low && value <= high;

function nearBorder({ x, y, width: w, height: h }: Rectangle, width: number, height: number): boolean {
  const [cx, cy] = [(x + w / 2) / width, (y + h / 2) / height];
  return Math.min(cx, cy, 1 - cx, 1 - cy) < BORDER;
}

/**
 * Mean intensity of the pixels below the threshold in a box and its 3-pixel margin; 255 where these are less
 * than a quarter of the pixels.
 */
function groundOf(box: Rectangle, { values, width, height }: Raster, bright: Uint8Array): number {
  let [sum, count, all] = [0, 0, 0];
  for (let y = Math.max(0, box.y - 3); y < Math.min(height, box.y + box.height + 3); y++) {
    for (let x = Math.max(0, box.x - 3); x < Math.min(width, box.x + box.width + 3); x++) {
      all++;
      if (bright[y * width + x] === 1) continue;
      sum += values[y * width + x]!;
      count++;
    }
  }
  return count < 0.25 * all ? 255 : sum / count;
}

function around(pixels: Uint32Array, width: number): Rectangle {
  let [left, top, right, bottom] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0, 0];
  for (const pixel of pixels) {
    const [x, y] = [pixel % width, Math.floor(pixel / width)];
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x + 1);
    bottom = Math.max(bottom, y + 1);
  }
  return { x: left, y: top, width: right - left, height: bottom - top };
}
