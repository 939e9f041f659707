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

/** Of a word of so many letters, each is so white, or black, and only stands out from its background. */
const WORD = 3;
const WHITE = 0.92 * 255;
const STEP = 50;

/**
 * Bounding boxes, in original pixels, of connected components near the border that have the size, fill and
 * contrast of printed letters: white ones on a dark ground, or white or black ones in a word. A heuristic:
 * it misses letters in the centre and single ones on other grounds, and it reports some jewellery and
 * electrodes.
 */
export function glyphsIn(raster: Raster): Rectangle[] {
  const white = lettersIn(raster, BRIGHT);
  const single = white.filter(({ ground }) => ground < CONTRAST * BRIGHT);
  const black = lettersIn({ ...raster, values: raster.values.map((value) => 255 - value) }, WHITE);
  const words = [lettersIn(raster, WHITE), black].flatMap((letters) =>
    wordsOf(letters.filter(({ ground }) => ground < WHITE - STEP)),
  );
  const scale = raster.originalWidth / raster.width;
  return distinct([...single, ...words]).map(({ x, y, width, height }) => ({
    x: x * scale,
    y: y * scale,
    width: width * scale,
    height: height * scale,
  }));
}

interface Letter extends Rectangle {
  /** Mean intensity of what surrounds it. */
  readonly ground: number;
}

function lettersIn(raster: Raster, from: number): Letter[] {
  const { values, width, height } = raster;
  const bright = values.map((value) => (value >= from ? 1 : 0));
  return connectedParts(tensor(bright, [height, width])).flatMap((pixels) => {
    if (pixels.length > 0.01 * values.length) return [];
    const box = around(pixels, width);
    const like =
      within(box.height / height, HEIGHT) &&
      within(box.width / width, WIDTH) &&
      within(pixels.length / (box.width * box.height), FILL) &&
      box.height >= 5 &&
      nearBorder(box, width, height);
    return like ? [{ ...box, ground: groundOf(box, raster, bright) }] : [];
  });
}

/** Those that stand in a row of letters of about the same height. */
function wordsOf(letters: readonly Letter[]): Letter[] {
  const beside = (a: Letter, b: Letter) => {
    const [low, high] = [Math.min(a.height, b.height), Math.max(a.height, b.height)];
    const gap = Math.max(a.x, b.x) - Math.min(a.x + a.width, b.x + b.width);
    const [foot, top] = [Math.abs(a.y + a.height - b.y - b.height), Math.abs(a.y - b.y)];
    return a !== b && high < 1.5 * low && gap < high && Math.max(foot, top) < 0.35 * high;
  };
  const row = (from: Letter) => {
    const found = new Set([from]);
    for (const letter of found) for (const other of letters) if (beside(letter, other)) found.add(other);
    return found.size;
  };
  return letters.filter((letter) => row(letter) >= WORD);
}

/** Without those that another one overlaps. */
function distinct(letters: readonly Letter[]): Letter[] {
  const apart = (a: Letter, b: Letter) =>
    a.x >= b.x + b.width || b.x >= a.x + a.width || a.y >= b.y + b.height || b.y >= a.y + a.height;
  return letters.filter((letter, i) => letters.slice(0, i).every((other) => apart(letter, other)));
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
