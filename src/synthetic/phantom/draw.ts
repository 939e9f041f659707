import type { Random } from '../../base/random.js';
import { gaussianBlur } from '../../tensor/blur.js';
import { resizeBilinear } from '../../tensor/resize.js';
import { type Tensor, tensor, zeros } from '../../tensor/tensor.js';
import { type Anatomy, drawAnatomy } from './anatomy.js';
import { broadAt, fineAt } from './chest.js';
import { drawExtras, extraAt } from './extras.js';
import { cloudAt, drawOpacities, type Opacity } from './opacity.js';

export type PhantomClass = 'Lung Opacity' | 'No Lung Opacity / Not Normal' | 'Normal';

export interface Phantom {
  /** `[size, size]` in [0, 1], bones bright. */
  readonly image: Tensor;
  /** `[x, y, width, height]` of each opacity, in whole pixels. */
  readonly boxes: readonly (readonly [number, number, number, number])[];
  /** How much of each pixel is lung, `[size * size]`. */
  readonly lungs: Float32Array;
}

/** Smallest fraction of a cloud's maximal density that counts as visible. */
const VISIBLE = 0.35;
/**
 * Minimum visible area as a share of the image. A cloud hidden behind heart or diaphragm would be an
 * invisible positive.
 */
const LEAST_PIXELS = 0.004;

/**
 * Draws one chest radiograph, with markers and devices or without any; the same random stream gives the same
 * image.
 */
export function drawPhantom(
  random: Random,
  size: number,
  kind: PhantomClass,
  { objects = true }: { readonly objects?: boolean } = {},
): Phantom {
  const anatomy = drawAnatomy(random.fork('anatomy'));
  const extras = objects
    ? drawExtras(random.fork('extras'), isAbnormal(kind, random.fork('history')))
    : undefined;
  const place = placing(anatomy, size);
  const { lungs, density } = broadShadows(anatomy, size, place);
  for (let y = 0, i = 0; y < size; y++) {
    for (let x = 0; x < size; x++, i++) {
      if (density[i]! > 0.03 && y > size / 16) density[i]! += fineAt(anatomy, place.u(x, y), place.v(x, y));
      if (extras) density[i]! += extraAt(extras, (2 * (x + 0.5)) / size - 1, (y + 0.5) / size);
    }
  }
  addVessels(density, lungs, random.fork('vessels'), size, anatomy.vessels);
  const boxes =
    kind === 'Lung Opacity' ? addOpacities(density, lungs, random.fork('opacity'), size, place) : [];
  return { image: exposed(density, random.fork('exposure'), size), boxes, lungs };
}

/**
 * Devices and old findings are equally frequent with and without opacities, so that they do not predict the
 * class.
 */
const isAbnormal = (kind: PhantomClass, random: Random): boolean =>
  kind === 'Lung Opacity' ? random.uniform() < 0.5 : kind !== 'Normal';

/** Broad structures are computed for every other pixel only. */
function broadShadows(
  anatomy: Anatomy,
  size: number,
  place: Placing,
): { lungs: Float32Array; density: Float32Array } {
  const half = Math.ceil(size / 2);
  const density = zeros([half, half]);
  const lungs = zeros([half, half]);
  const pitch = size / half;
  for (let y = 0, i = 0; y < half; y++) {
    for (let x = 0; x < half; x++, i++) {
      const [px, py] = [(x + 0.5) * pitch - 0.5, (y + 0.5) * pitch - 0.5];
      const broad = broadAt(anatomy, place.u(px, py), place.v(px, py));
      density.data[i] = broad.density;
      lungs.data[i] = broad.lung;
    }
  }
  return { density: resizeBilinear(density, size, size).data, lungs: resizeBilinear(lungs, size, size).data };
}

interface Placing {
  u(x: number, y: number): number;
  v(x: number, y: number): number;
}

/** Maps a pixel's centre to chest coordinates: tilted, scaled and shifted. */
function placing(
  { tilt, scale, shift }: { tilt: number; scale: number; shift: readonly [number, number] },
  size: number,
): Placing {
  const [cos, sin] = [Math.cos(tilt) / scale, Math.sin(tilt) / scale];
  const right = (x: number) => (2 * (x + 0.5)) / size - 1 - shift[0];
  const down = (y: number) => (2 * (y + 0.5)) / size - 1 - shift[1];
  const [u0, v0] = [cos * right(0) + sin * down(0), (cos * down(0) - sin * right(0) + 1) / 2];
  const [c, s] = [(2 * cos) / size, (2 * sin) / size];
  return { u: (x, y) => u0 + c * x + s * y, v: (x, y) => v0 + (c * y - s * x) / 2 };
}

function addVessels(
  density: Float32Array,
  lungs: Float32Array,
  random: Random,
  size: number,
  strength: number,
): void {
  const fine = smoothNoise(random, size, [22, 52]);
  const tissue = smoothNoise(random, size, [8, 40]);
  for (let i = 0; i < density.length; i++) {
    const ridge = Math.max(0, 1 - Math.abs(fine[i]!) * 2.6);
    density[i]! += lungs[i]! * 0.035 * strength * ridge ** 2 + (density[i]! > 0.05 ? 0.006 * tissue[i]! : 0);
  }
}

function addOpacities(
  density: Float32Array,
  lungs: Float32Array,
  random: Random,
  size: number,
  place: Placing,
): Phantom['boxes'] {
  const grain = smoothNoise(random, size, [14, 40]);
  for (let attempt = 0; ; attempt++) {
    const clouds = drawOpacities(random.fork(attempt)).map((cloud) =>
      shadow(cloud, lungs, grain, size, place),
    );
    if (clouds.some(({ pixels }) => pixels < LEAST_PIXELS * size * size) && attempt < 50) continue;
    for (const { values } of clouds) for (let i = 0; i < density.length; i++) density[i]! += values[i]!;
    return clouds.map(({ box }) => box);
  }
}

/** A cloud's density inside the lungs, and the bounding box of its visible part. */
function shadow(cloud: Opacity, lungs: Float32Array, grain: Float32Array, size: number, place: Placing) {
  const values = new Float32Array(size * size);
  const smooth = new Float32Array(size * size);
  for (let y = 0, i = 0; y < size; y++) {
    for (let x = 0; x < size; x++, i++) {
      if (lungs[i]! < 0.05) continue;
      const here = cloudAt(cloud, place.u(x, y), place.v(x, y)) * Math.min(1, lungs[i]! * 1.3);
      smooth[i] = here;
      values[i] = cloud.strength * here * Math.max(0.55, 1 + 0.14 * grain[i]!);
    }
  }
  const least = VISIBLE * smooth.reduce((a, b) => Math.max(a, b), 0);
  let [left, top, right, bottom, pixels] = [size, size, 0, 0, 0];
  for (let i = 0; i < smooth.length; i++) {
    if (smooth[i]! <= least) continue;
    const [x, y] = [i % size, Math.floor(i / size)];
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x + 1);
    bottom = Math.max(bottom, y + 1);
    pixels++;
  }
  return { values, pixels, box: [left, top, right - left, bottom - top] as const };
}

/** Simulates the detector: scatter, blur, quantum noise and exposure. */
function exposed(density: Float32Array, random: Random, size: number): Tensor {
  const sharpness = 0.55 + 0.35 * random.uniform();
  const { data } = gaussianBlur(tensor(density, [1, 1, size, size]), (sharpness * size) / 256);
  const gain = 1.75 + 0.14 * random.normal();
  const level = 0.015 + 0.02 * random.normal();
  const noise = 0.007 + 0.008 * random.uniform();
  const image = new Float32Array(size * size);
  for (let i = 0; i < image.length; i++) {
    const value = level + film(gain * data[i]!) + noise * random.normal();
    image[i] = Math.min(1, Math.max(0, value));
  }
  return tensor(image, [size, size]);
}

/** Linear up to middle tones, then ever flatter towards white. */
const film = (x: number) => (x < 0.45 ? x : 0.45 + 0.55 * (1 - Math.exp((0.45 - x) / 0.55)));

/**
 * A smooth random field of `size x size` pixels with mean zero and about unit spread: normal values on coarse
 * grids of `cells`, summed at half the size.
 */
export function smoothNoise(random: Random, size: number, cells: readonly number[]): Float32Array {
  const half = Math.ceil(size / 2);
  const field = new Float32Array(half * half);
  for (const [octave, count] of cells.entries()) {
    const grid = new Float32Array(count * count);
    for (let i = 0; i < grid.length; i++) grid[i] = random.normal();
    const layer = resizeBilinear(tensor(grid, [count, count]), half, half).data;
    const weight = 1 / 1.6 ** octave;
    for (let i = 0; i < field.length; i++) field[i]! += weight * layer[i]!;
  }
  return resizeBilinear(tensor(field, [half, half]), size, size).data;
}
