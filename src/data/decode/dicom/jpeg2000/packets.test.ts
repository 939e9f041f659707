import { describe, expect, test } from 'vitest';
import { type MadeCodestream, madeCodestream } from '../../../../testing/jpeg2000.js';
import { readJpeg2000Header } from './header.js';
import { checkPackets } from './packets.js';
import { tileParts } from './tileparts.js';

/** T.800 B.3 to B.7, sample by sample: the precincts of each resolution of each tile that hold any. */
function literalPackets({
  width,
  height,
  tile,
  channels = 1,
  layers = 1,
  levels = 5,
  precincts = 0xff,
}: Omit<MadeCodestream, 'data'>) {
  const found = new Set<string>();
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let r = 0; r <= levels; r++) {
        const scale = 2 ** (levels - r);
        if (x % scale !== 0 || y % scale !== 0) continue;
        const [u, v] = [x / scale / 2 ** (precincts & 15), y / scale / 2 ** (precincts >> 4)];
        found.add([r, Math.floor(x / tile!), Math.floor(y / tile!), Math.floor(u), Math.floor(v)].join());
      }
    }
  }
  return found.size * channels * layers;
}

const side = (width: number, height: number, tile: number) => ({ width, height, tile });

describe('the packets of a JPEG 2000 frame', () => {
  test.each<Omit<MadeCodestream, 'data'>>([
    { ...side(61, 47, 64), layers: 2000 },
    { ...side(61, 47, 16), layers: 65 },
    { ...side(61, 47, 13), channels: 3, layers: 9, levels: 2 },
    { ...side(61, 47, 13), levels: 32, layers: 60 },
    { ...side(100, 90, 64), precincts: 0x23 },
    { ...side(100, 90, 33), precincts: 0x11, channels: 3 },
    { ...side(100, 90, 128), precincts: 0x32, levels: 0, layers: 7 },
  ])('are counted as one by one: %j', (made) => {
    const header = readJpeg2000Header(madeCodestream({ ...made, data: Buffer.alloc(1) }));
    expect(() => checkPackets(header, tileParts(header))).toThrow(
      new RegExp(`of ${header.view.byteLength} bytes claims to hold ${literalPackets(made)} packets`),
    );
  });

  test('may be as many as the bytes', () => {
    const blank = readJpeg2000Header(madeCodestream({ ...side(64, 64, 64), data: Buffer.alloc(6) }));
    expect(() => checkPackets(blank, tileParts(blank))).not.toThrow();
  });
});
