import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { compressed, imageElements } from '../../../../testing/dicom.js';
import { type MadeCodestream, madeCodestream, repeatedTile } from '../../../../testing/jpeg2000.js';
import { refuses } from '../../../../testing/refusals.js';
import { sharedIsThere, sharedPath } from '../../../../testing/shared.js';
import { decodeDicom } from '../decode.js';

const jpeg2000 = '1.2.840.10008.1.2.4.90';
const htj2k = '1.2.840.10008.1.2.4.201';

describe('hostile JPEG 2000 frames', () => {
  const image = (made: MadeCodestream) =>
    compressed(
      made.highThroughput ? htj2k : jpeg2000,
      imageElements(made.height, made.width, { samples: made.channels ?? 1 }),
      madeCodestream(made),
    );
  const side = (length: number) => ({ width: length, height: length });
  /** Its tiles have millions of packets and say so only themselves. */
  const endless = image({
    ...side(1024),
    tile: 512,
    again: true,
    layers: 65535,
    precincts: 0x55,
    data: Buffer.alloc(1000),
  });
  const grey = image({ ...side(64), data: Buffer.alloc(20) });

  test('that are blank are images', async () => {
    const { pixels } = await decodeDicom(image({ ...side(2048), data: Buffer.alloc(6) }), 'a', { raw: true });
    expect(pixels.shape).toEqual([2048, 2048]);
    expect(pixels.data.every((value) => value === 128)).toBe(true);
  });

  test('that are large and all but empty are refused', async () => {
    const blank = { ...side(8192), data: Buffer.alloc(6) };
    await refuses(image(blank), 'claims to hold 67108864 samples');
  });

  test.each([false, true])(
    'with more packets than bytes are refused (high throughput: %s)',
    async (highThroughput) => {
      const made = { ...side(512), channels: 3, highThroughput, data: Buffer.alloc(1000) };
      await refuses(
        image({ ...made, layers: 65535 }),
        'its frame of 1[0-9]+ bytes claims to hold 1179630 packets',
      );
      await refuses(image({ ...made, precincts: 0x11 }), 'claims to hold [0-9]{6,} packets');
    },
  );

  test.each([false, true])('that lack tiles are refused (high throughput: %s)', async (highThroughput) => {
    const made = { ...side(256), tile: 64, highThroughput, data: Buffer.alloc(100) };
    expect((await decodeDicom(image(made), 'good')).pixels.shape).toEqual([256, 256]);
    await refuses(image({ ...made, without: [15] }), 'its frame is cut off: it holds 15 of 16 tiles');
    const codestream = madeCodestream(made);
    const half = codestream.subarray(0, codestream.length / 2);
    const syntax = highThroughput ? htj2k : jpeg2000;
    await refuses(
      compressed(syntax, imageElements(256, 256), half),
      'its frame is cut off: a tile ends at byte',
    );
  });

  test('that take too long are stopped, and the next one is decoded', async () => {
    await expect(decodeDicom(endless, 'bad.dcm', { limits: { seconds: 0.05 } })).rejects.toMatchObject({
      name: 'SightlineError',
      kind: 'input',
      message: expect.stringMatching(
        /^bad\.dcm: decoding 1048576 samples from [0-9]+ compressed bytes took more than 0\.050 seconds$/,
      ),
    });
    expect((await decodeDicom(grey, 'good')).pixels.shape).toEqual([64, 64]);
  });

  test('that take too much memory are stopped, and the next one is decoded', async () => {
    const swelling = {
      ...side(2048),
      channels: 3,
      levels: 32,
      again: true,
      precincts: 0x11,
      data: Buffer.alloc(1000),
    };
    await refuses(image(swelling), 'bad.dcm: decoding its frame takes more than 608 MiB');
    expect((await decodeDicom(grey, 'good')).pixels.shape).toEqual([64, 64]);
  });

  test('are stopped by a signal', async () => {
    const stop = new AbortController();
    const decoding = decodeDicom(endless, 'bad.dcm', { limits: { seconds: 600 }, signal: stop.signal });
    setTimeout(() => stop.abort(), 100);
    await expect(decoding).rejects.toMatchObject({ kind: 'cancelled', message: 'stopped' });
  });

  test('of one file have their time together', async () => {
    const frame = madeCodestream({ ...side(512), data: Buffer.alloc(6) });
    const elements = imageElements(512, 512, {}, [['00280008', 'IS', '40']]);
    const bytes = compressed(jpeg2000, elements, ...Array.from({ length: 40 }, () => frame));
    const decoding = decodeDicom(bytes, 'bad.dcm', { raw: true, limits: { seconds: 0.002 } });
    await expect(decoding.then(({ pixels }) => pixels.shape)).rejects.toThrow('samples from');
  });
});

describe.skipIf(!sharedIsThere)('a mammogram', () => {
  test('in lossless JPEG 2000, of 4096 x 3584 pixels and 16 bits, has the time it takes', async () => {
    const name = 'pylibjpeg-data__TOSHIBA_J2K_SIZ1_PixRep0.dcm';
    const file = readFileSync(sharedPath('data', 'dicom', name));
    const begin = file.indexOf(Buffer.from([0xff, 0x4f, 0xff, 0x51]));
    const tile = file.subarray(begin, file.lastIndexOf(Buffer.from([0xff, 0xd9])) + 2);
    const large = compressed(jpeg2000, imageElements(4096, 3584, { bits: 16 }), repeatedTile(tile, 7, 8));
    const { pixels } = await decodeDicom(large, 'large', { raw: true });
    const one = await decodeDicom(
      compressed(jpeg2000, imageElements(512, 512, { bits: 16 }), tile),
      'small',
      { raw: true },
    );
    expect(pixels.shape).toEqual([4096, 3584]);
    const wrong = pixels.data.findIndex((value, i) => {
      const [x, y] = [i % 3584, Math.floor(i / 3584)];
      return value !== one.pixels.data[(y % 512) * 512 + (x % 512)];
    });
    expect(wrong).toBe(-1);
  });
});
