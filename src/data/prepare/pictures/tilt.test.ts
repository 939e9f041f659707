import { expect, it } from 'vitest';
import { tilted } from './tilt.js';

const SIDE = 41;
const at = (picture: ArrayLike<number>, x: number, y: number) => picture[y * SIDE + x]!;
/** A ramp, which interpolation keeps. */
const ramp = (right: number, down: number) =>
  Float32Array.from({ length: SIDE * SIDE }, (_, i) => right * (i % SIDE) + down * Math.floor(i / SIDE));

it('leaves a picture as it is by no degrees', () => {
  expect(tilted(ramp(1, 2), SIDE, 1.7, 0)).toEqual(ramp(1, 2));
});

it('turns a ramp about the centre by its angle, whatever the proportions', () => {
  const angle = (5 * Math.PI) / 180;
  for (const ratio of [1, 1.5, 0.6]) {
    // A pixel is `ratio` wide and 1 high: the slope along x in true lengths is 1 / ratio.
    const out = tilted(ramp(1, 0), SIDE, ratio, 5);
    expect(at(out, 20, 20)).toBeCloseTo(20, 4);
    expect(at(out, 25, 20) - at(out, 20, 20)).toBeCloseTo(5 * Math.cos(angle), 4);
    expect(at(out, 20, 25) - at(out, 20, 20)).toBeCloseTo((-5 * Math.sin(angle)) / ratio, 4);
  }
});

it('is undone by the opposite angle, but for the edges', () => {
  const waves = Float32Array.from(
    { length: SIDE * SIDE },
    (_, i) => Math.sin((i % SIDE) / 4) + Math.cos(Math.floor(i / SIDE) / 5),
  );
  const back = tilted(tilted(waves, SIDE, 1.3, 4), SIDE, 1.3, -4);
  for (let y = 8; y < 33; y++)
    for (let x = 8; x < 33; x++) expect(at(back, x, y)).toBeCloseTo(at(waves, x, y), 1);
});
