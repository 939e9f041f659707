import type { Random } from '../../base/random.js';
import type { Rectangle } from '../../data/geometry/frame.js';
import { smoothNoise } from '../phantom/draw.js';

/** What a lesion looks like. */
export interface LesionForm {
  /** Mean radius in pixels. */
  readonly radius: number;
  /** What its middle adds to the image, whose range is 1. */
  readonly contrast: number;
  /** Spread of its density, relative to a smooth one. */
  readonly texture: number;
}

/** Least density of a textured lesion, relative to a smooth one. */
const LEAST = 0.2;
/** Pixels of a grain of texture. */
const GRAIN = 3;

/**
 * What a lesion adds to each pixel, `[size * size]`: the thickness of a flat body with an uneven outline, in
 * one of the lungs. It is zero outside the outline and outside the lung's box.
 */
export function drawLesion(
  random: Random,
  size: number,
  lungs: readonly Rectangle[],
  { radius, contrast, texture }: LesionForm,
): Float32Array {
  const box = lungs[random.below(lungs.length)]!;
  const [angle, reach] = [2 * Math.PI * random.uniform(), Math.sqrt(random.uniform())];
  const room = (length: number) => Math.max(0, length / 2 - radius);
  const x0 = box.x + box.width / 2 + reach * Math.cos(angle) * room(box.width);
  const y0 = box.y + box.height / 2 + reach * Math.sin(angle) * room(box.height);
  const [second, third] = [2 * Math.PI * random.uniform(), 2 * Math.PI * random.uniform()];
  const cells = Math.max(2, Math.round(size / GRAIN));
  const grain = texture > 0 ? smoothNoise(random.fork('texture'), size, [cells]) : undefined;
  const added = new Float32Array(size * size);
  for (let i = 0; i < added.length; i++) {
    const [x, y] = [(i % size) + 0.5, Math.floor(i / size) + 0.5];
    if (x < box.x || x > box.x + box.width || y < box.y || y > box.y + box.height) continue;
    const towards = Math.atan2(y - y0, x - x0);
    const outline =
      radius * (1 + 0.15 * Math.cos(2 * towards + second) + 0.1 * Math.cos(3 * towards + third));
    const share = Math.hypot(x - x0, y - y0) / outline;
    if (share >= 1) continue;
    const rough = grain ? Math.max(LEAST, 1 + texture * grain[i]!) : 1;
    added[i] = contrast * (1 - share * share) * rough;
  }
  return added;
}
