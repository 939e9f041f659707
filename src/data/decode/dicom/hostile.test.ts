import { readFileSync } from 'node:fs';
import { deflateRawSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { compressed, imageElements, type MadeElement, madeDicom } from '../../../testing/dicom.js';
import { refuses } from '../../../testing/refusals.js';
import { sharedIsThere, sharedPath } from '../../../testing/shared.js';
import { decodeDicom } from './decode.js';

const jpegLs = '1.2.840.10008.1.2.4.80';
const jpeg2000 = '1.2.840.10008.1.2.4.90';
const baseline = '1.2.840.10008.1.2.4.50';
const deflated = '1.2.840.10008.1.2.1.99';
const rle = '1.2.840.10008.1.2.5';

/**
 * A data set that begins as an image and goes on with `tail`, without its preamble and file meta information.
 */
const body = (tail: Uint8Array) => {
  const made = Buffer.from(madeDicom([['00080060', 'CS', 'OT']]));
  return Buffer.concat([made.subarray(made.indexOf(Buffer.from([8, 0, 0x60, 0]))), tail]);
};

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView) =>
  Buffer.from(buffer as ArrayBuffer, byteOffset, byteLength);

describe('hostile DICOM files', () => {
  test('an image beyond the limit is refused before anything of its size is made', async () => {
    await refuses(
      madeDicom([...imageElements(65535, 65535), ['7fe00010', 'OB', Uint8Array.of(1, 2)]]),
      'a frame of 65535 x 65535 x 1 samples is over the limit',
    );
    await expect(
      decodeDicom(
        madeDicom([
          ...imageElements(8192, 8192, {}, [['00280008', 'IS', '2000000000']]),
          ['7fe00010', 'OB', Uint8Array.of(1, 2)],
        ]),
        'bad.dcm',
        { raw: true },
      ),
    ).rejects.toThrow('2000000000 frames of 67108864 samples are over the limit');
  });

  test('pixels, palettes and tables that are cut off are named', async () => {
    await refuses(
      madeDicom([...imageElements(4, 4), ['7fe00010', 'OB', Uint8Array.of(1, 2)]]),
      'bad.dcm: its pixel data is cut off: 16 bytes are declared, 2 are there',
    );
    await refuses(madeDicom(imageElements(4, 4)), 'it holds no pixel data');
  });

  test('a deflated bomb stops at the limit', async () => {
    const head = madeDicom([], deflated);
    const bomb = deflateRawSync(body(Buffer.alloc(300 * 2 ** 20)), { level: 9 });
    expect(bomb.length).toBeLessThan(400_000);
    await refuses(Buffer.concat([head, bomb]), 'its deflated data set grows beyond 268435456 bytes');
    await refuses(Buffer.concat([head, bomb.subarray(0, 1000)]), 'its deflated data set is damaged');
  }, 30_000);

  test('a deflated frame cannot grow beyond its size', async () => {
    const frame = deflateRawSync(Buffer.alloc(10 * 2 ** 20));
    await refuses(
      compressed('1.2.840.10008.1.2.8.1', imageElements(4, 4), frame),
      'its deflated frame is damaged',
    );
  });

  test('sequences nested without end are refused', async () => {
    const open = Buffer.from([
      0x08, 0, 0x40, 0x11, 0x53, 0x51, 0, 0, 255, 255, 255, 255, 0xfe, 0xff, 0, 0xe0, 255, 255, 255, 255,
    ]);
    const nested = Buffer.concat(Array.from({ length: 200_000 }, () => open));
    await refuses(Buffer.concat([madeDicom([]), nested]), 'nested too deeply|damaged or cut off');
  }, 30_000);

  test('millions of empty elements are refused', async () => {
    const empty = Buffer.from([0x09, 0, 0x10, 0, 0x4c, 0x4f, 0, 0]);
    const many = Buffer.alloc(8 * 3_000_000, empty);
    await refuses(Buffer.concat([madeDicom([]), many]), 'more data elements than the limit allows');
    const items = Buffer.alloc(8 * 3_000_000, Buffer.from([0xfe, 0xff, 0, 0xe0, 0, 0, 0, 0]));
    const sequence = Buffer.from([0x08, 0, 0x40, 0x11, 0x53, 0x51, 0, 0, 255, 255, 255, 255]);
    await refuses(
      Buffer.concat([madeDicom([]), sequence, items]),
      'more data elements than the limit allows',
    );
  }, 30_000);

  test('a codestream of another size than declared never reaches its codec', async () => {
    const siz = Buffer.alloc(100);
    siz.writeUInt32BE(0xff4fff51, 0);
    siz.writeUInt16BE(41, 4);
    for (const [at, value] of [
      [8, 60000],
      [12, 60000],
      [24, 60000],
      [28, 60000],
    ] as const)
      siz.writeUInt32BE(value, at);
    siz.writeUInt16BE(1, 40);
    siz.writeUInt8(7, 42);
    await refuses(
      compressed(jpeg2000, imageElements(4, 4), siz),
      'its frame is 60000 x 60000 with 1 channels, but 4 x 4',
    );
    siz.writeUInt32BE(1, 24);
    siz.writeUInt32BE(1, 28);
    siz.writeUInt32BE(4000, 8);
    siz.writeUInt32BE(4000, 12);
    await refuses(compressed(jpeg2000, imageElements(4000, 4000), siz), 'its frame has 16000000 tiles');
    for (const at of [8, 12, 24, 28]) siz.writeUInt32BE(4000, at);
    await refuses(compressed(jpeg2000, imageElements(4000, 4000), siz), 'it holds 0 of 1 tiles');
    const sof = Buffer.from([0xff, 0xd8, 0xff, 0xf7, 0, 11, 8, 0xff, 0xff, 0xff, 0xff, 1, 1, 0x11, 0]);
    await refuses(compressed(jpegLs, imageElements(4, 4), sof), 'its frame is 65535 x 65535');
    sof[3] = 0xc0;
    await refuses(compressed(baseline, imageElements(4, 4), sof), 'its frame is 65535 x 65535');
    await refuses(
      compressed(baseline, imageElements(4, 4), sof.subarray(0, 6)),
      'cut off before the image begins',
    );
  });

  test('RLE that ends early or points outside is refused', async () => {
    const header = Buffer.alloc(64);
    header.writeUInt32LE(1, 0);
    header.writeUInt32LE(64, 4);
    const frame = (...bytes: number[]) => Buffer.concat([header, Buffer.from(bytes)]);
    await refuses(
      compressed(rle, imageElements(4, 4), frame(2, 1, 2, 3)),
      'its RLE segment is cut off: 3 of 16 bytes',
    );
    await refuses(
      compressed(rle, imageElements(4, 4), frame(127, 1)),
      'its RLE segment is cut off: 0 of 16 bytes',
    );
    header.writeUInt32LE(1_000_000, 4);
    await refuses(
      compressed(rle, imageElements(4, 4), frame(2, 1)),
      'its RLE segments lie outside the frame',
    );
    header.writeUInt32LE(7, 0);
    await refuses(
      compressed(rle, imageElements(4, 4), frame(2, 1)),
      'its RLE frame has 7 segments where 1 belong',
    );
  });

  test('a JPEG frame of thousands of scans is refused', async () => {
    const progressive = await sharp(Buffer.alloc(64 * 64, 77), {
      raw: { width: 64, height: 64, channels: 1 },
    })
      .toColourspace('b-w')
      .jpeg({ progressive: true })
      .toBuffer();
    const elements = imageElements(64, 64);
    expect((await decodeDicom(compressed(baseline, elements, progressive), 'good')).channels).toBe(1);
    const scan = progressive.subarray(progressive.lastIndexOf(Buffer.from([0xff, 0xda])), -2);
    const scans = Buffer.concat([progressive.subarray(0, -2), ...Array<Buffer>(5000).fill(scan)]);
    const ended = Buffer.concat([scans, progressive.subarray(-2)]);
    await refuses(compressed(baseline, elements, ended), 'its JPEG frame has more than 100 scans');
  });

  test('more frames than anyone looks at are refused together', async () => {
    const bytes = madeDicom([
      ...imageElements(1, 1, { bits: 1 }, [['00280008', 'IS', String(2 ** 24)]]),
      ['7fe00010', 'OB', Buffer.alloc(2 ** 21)],
    ]);
    await expect(decodeDicom(bytes, 'bad.dcm', { raw: true })).rejects.toThrow(
      'bad.dcm: 16777216 frames are over the limit of 1048576',
    );
    const last = await decodeDicom(bytes, 'bad.dcm', { raw: true, frame: 2 ** 24 - 1 });
    expect(last.pixels.shape).toEqual([1, 1]);
  });

  test('transfer syntaxes without images are unsupported, others no UID', async () => {
    const pixels: MadeElement[] = [...imageElements(1, 1), ['7fe00010', 'OB', Uint8Array.of(1, 2)]];
    await refuses(
      madeDicom(pixels, '1.2.840.10008.1.2.4.100'),
      '1.2.840.10008.1.2.4.100 is not supported',
      'unsupported',
    );
    await refuses(madeDicom(pixels, '1.2.3.4'), '1.2.3.4 is a private one', 'unsupported');
    await refuses(madeDicom(pixels, 'DOE^JANE'), 'its transfer syntax is not a UID');
  });

  test('bytes that are no DICOM are refused', async () => {
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.from('hello'),
      Buffer.alloc(1000),
      Buffer.concat([Buffer.alloc(128), Buffer.from('DICM')]),
    ]) {
      await refuses(bytes, 'bad.dcm: ');
    }
  });
});

describe.skipIf(!sharedIsThere)('a damaged compressed frame', () => {
  const sources = [
    'pydicom__MR_small_jpeg_ls_lossless.dcm',
    'pydicom__MR_small_jp2klossless.dcm',
    'pydicom-data__HTJ2K_08_RGB.dcm',
  ];

  test.each(sources)(
    'of %s does not spoil the next one',
    async (name) => {
      const good = readFileSync(sharedPath('data', 'dicom', name));
      const before = await decodeDicom(good, name, { raw: true });
      const rounds = good.length > 100_000 ? 10 : 100;
      let failures = 0;
      for (let n = 0; n < rounds; n++) {
        const bad = Buffer.from(good);
        for (let k = 0; k < 20; k++)
          bad[Math.floor(good.length * (0.75 + ((n * 31 + k * 17) % 100) / 400))] = (n * 7 + k * 13) & 0xff;
        await decodeDicom(bad, 'bad.dcm', { raw: true }).catch((error: Error) => {
          expect(error.name).toBe('SightlineError');
          failures += 1;
        });
      }
      const after = await decodeDicom(good, name, { raw: true });
      expect(Buffer.compare(bytesOf(after.pixels.data), bytesOf(before.pixels.data))).toBe(0);
      if (name.includes('jpeg_ls')) expect(failures).toBeGreaterThan(0);
    },
    30_000,
  );
});
