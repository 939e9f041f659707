import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { decodePicture } from './picture.js';
import { checkPalette, pngFrames } from './png.js';

const [width, height] = [13, 11];
const SHADES = 9;
const index = (i: number) => (7 * i) % SHADES;

/** A picture with a palette of nine shades. */
const paletted = (progressive: boolean) =>
  sharp(
    Uint8Array.from({ length: width * height }, (_, i) => 25 * index(i)),
    { raw: { width, height, channels: 1 } },
  )
    .toColourspace('srgb')
    .png({ palette: true, colours: 16, dither: 0, progressive })
    .toBuffer();

/** The same with the last colours of its palette cut off. */
function shortened(png: Buffer, by: number): Buffer {
  const at = png.indexOf('PLTE') - 4;
  const length = png.readUInt32BE(at);
  const size = Buffer.alloc(4);
  size.writeUInt32BE(length - 3 * by);
  return Buffer.concat([
    ...[png.subarray(0, at), size, png.subarray(at + 4, at + 8 + length - 3 * by)],
    png.subarray(at + 8 + length),
  ]);
}

describe('a PNG with a palette', () => {
  it.each([false, true])('is refused where a pixel has none of its colours (interlaced: %s)', async (by) => {
    const png = await paletted(by);
    expect(png.readUInt8(25)).toBe(3);
    checkPalette(png);
    const colours = png.readUInt32BE(png.indexOf('PLTE') - 4) / 3;
    const highest = Math.max(colours - 1, SHADES - 1);
    expect(() => checkPalette(shortened(png, colours - 4))).toThrow(
      new RegExp(`^its palette has 4 colours, and a pixel has the colour of number ${highest},`),
    );
    await expect(decodePicture(shortened(png, colours - 4), 'a.png')).rejects.toThrow(/^a\.png: its palette/);
  });

  it('is read where its palette is longer than needed', async () => {
    const png = await paletted(false);
    const { pixels } = await decodePicture(png, 'a.png', { raw: true });
    expect(pixels.shape.slice(0, 2)).toEqual([height, width]);
  });
});

it('frames of an animated PNG are counted', async () => {
  const png = await paletted(false);
  const control = Buffer.alloc(20);
  control.writeUInt32BE(8, 0);
  control.write('acTL', 4);
  control.writeUInt32BE(3, 8);
  const animated = Buffer.concat([png.subarray(0, 33), control, png.subarray(33)]);
  expect([pngFrames(png), pngFrames(animated), pngFrames(Buffer.from('GIF89a'))]).toEqual([
    undefined,
    3,
    undefined,
  ]);
  await expect(decodePicture(animated, 'a.png', { frame: 1 })).rejects.toThrow(
    'of its frames the first is read',
  );
});
