import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { checkColours } from './gif.js';
import { decodePicture } from './picture.js';

/** A picture of random shades, of which only some occur often. */
function picture(side: number, shades: number): Promise<Buffer> {
  const random = seededRandom(side);
  const values = Uint8Array.from({ length: side * side }, () =>
    Math.floor((255 / shades) * random.below(shades)),
  );
  return sharp(values, { raw: { width: side, height: side, channels: 1 } })
    .toColourspace('srgb')
    .gif({ colours: 256, dither: 0, effort: 1 })
    .toBuffer();
}

/** Where the flags of the table are that the first frame uses: those of the file, or its own. */
function tableOf(gif: Buffer): { readonly flags: number; readonly start: number; readonly colours: number } {
  const shared = gif[10]! & 0x80 ? 2 << (gif[10]! & 7) : 0;
  let at = 13 + 3 * shared;
  while (gif[at] === 0x21) {
    at += 2;
    while (gif[at] !== 0) at += 1 + gif[at]!;
    at++;
  }
  const own = gif[at + 9]! & 0x80 ? 2 << (gif[at + 9]! & 7) : 0;
  return own > 0
    ? { flags: at + 9, start: at + 10, colours: own }
    : { flags: 10, start: 13, colours: shared };
}

/** The same with a table of fewer colours. */
function shortened(gif: Buffer, colours: number): Buffer {
  const table = tableOf(gif);
  const out = Buffer.concat([
    gif.subarray(0, table.start + 3 * colours),
    gif.subarray(table.start + 3 * table.colours),
  ]);
  out[table.flags] = (out[table.flags]! & 0xf8) | (Math.log2(colours) - 1);
  return out;
}

/** The highest colour that its pixels have, by their shades. */
async function highestOf(gif: Buffer): Promise<number> {
  const { start, colours } = tableOf(gif);
  const shades = Array.from({ length: colours }, (_, i) => gif[start + 3 * i]!);
  const { data, info } = await sharp(gif).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const seen = new Set(data.filter((_, i) => i % info.channels === 0));
  return Math.max(...[...seen].map((shade) => shades.indexOf(shade)));
}

describe('a GIF', () => {
  it.each([
    [9, 7],
    [40, 30],
    [150, 200],
  ])(
    'of %i pixels on a side and %i shades is refused where a pixel has none of its colours',
    async (side, shades) => {
      const gif = await picture(side, shades);
      expect(() => checkColours(gif, 0)).not.toThrow();
      const highest = await highestOf(gif);
      expect(highest).toBeGreaterThanOrEqual(4);
      const few = shortened(gif, 4);
      expect(() => checkColours(few, 0)).toThrow(
        `its palette has 4 colours, and a pixel has the colour of number ${highest}, counted from 0`,
      );
      await expect(decodePicture(few, 'a.gif')).rejects.toThrow(/^a\.gif: its palette has 4 colours/);
    },
  );

  it('is read where its codes could name more colours than its table has', async () => {
    const two = await picture(12, 2);
    await expect(decodePicture(two, 'a.gif')).resolves.toMatchObject({ frames: 1 });
    for (let end = 0; end < two.length; end += 7)
      expect(() => checkColours(two.subarray(0, end), 0)).not.toThrow();
  });
});
