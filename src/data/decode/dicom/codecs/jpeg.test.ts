import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { SightlineError } from '../../../../base/errors.js';
import { seededRandom } from '../../../../base/random.js';
import { jpegIsYbr } from '../jpeg/header.js';
import { codecs } from './packages.js';

/** An image that is smooth in places and rough in others. */
function picture(width: number, height: number, channels: number): Uint8Array {
  const random = seededRandom('picture');
  return Uint8Array.from({ length: width * height * channels }, (_, i) => {
    const [x, y] = [Math.floor(i / channels) % width, Math.floor(i / channels / width)];
    const smooth = 128 + 90 * Math.sin(x / 9 + (i % channels)) * Math.cos(y / 7);
    return Math.max(0, Math.min(255, smooth + (y > height / 2 ? 40 * random.normal() : 0)));
  });
}

const jpeg = (channels: 1 | 3, options: sharp.JpegOptions) =>
  sharp(picture(61, 47, channels), { raw: { width: 61, height: 47, channels } })
    .toColourspace(channels === 1 ? 'b-w' : 'srgb')
    .jpeg({ quality: 90, mozjpeg: false, ...options })
    .toBuffer();

const decode = async (bytes: Uint8Array) => (await codecs.jpeg())(bytes);

describe('DCT JPEG', () => {
  test.each([
    ['baseline', {}],
    ['progressive', { progressive: true }],
  ])('in grey and %s is what sharp decodes, to the bit', async (_, options) => {
    const bytes = await jpeg(1, options);
    const expected = await sharp(bytes).toColourspace('b-w').raw().toBuffer();
    expect([...(await decode(bytes)).data]).toEqual([...expected]);
  });

  test.each([
    ['4:4:4', {}],
    ['4:2:0', {}],
    ['4:4:4', { progressive: true }],
    ['4:2:0', { progressive: true }],
  ] as const)(
    'in colour, %s %o, is what sharp decodes, but for the rounding of the colours',
    async (chromaSubsampling, options) => {
      const bytes = await jpeg(3, { chromaSubsampling, ...options });
      const { data, width, height, samples } = await decode(bytes);
      expect([width, height, samples]).toEqual([61, 47, 3]);
      // Without markers only the halved colours tell.
      expect(jpegIsYbr(bytes)).toBe(chromaSubsampling === '4:2:0' ? true : undefined);
      const expected = await sharp(bytes).raw().toBuffer();
      for (let i = 0; i < data.length; i += 3) {
        const [y, b, r] = [data[i]!, data[i + 1]! - 128, data[i + 2]! - 128];
        const rgb = [y + 1.402 * r, y - 0.344136 * b - 0.714136 * r, y + 1.772 * b];
        rgb.forEach((value, c) => {
          expect(Math.abs(Math.min(255, Math.max(0, value)) - expected[i + c]!)).toBeLessThan(1.5);
        });
      }
    },
  );

  test('that is cut off is refused, wherever', async () => {
    const bytes = await jpeg(1, {});
    for (let length = 2; length < bytes.length - 3; length += 17) {
      await expect(decode(bytes.subarray(0, length))).rejects.toThrow(/its JPEG frame/);
    }
  });

  test('that lacks only its end marker is whole', async () => {
    const bytes = await jpeg(3, {});
    const { data } = await decode(bytes);
    expect((await decode(bytes.subarray(0, -2))).data).toEqual(data);
  });

  test('that is damaged within its scan is refused and leaves the next frame alone', async () => {
    const bytes = await jpeg(1, {});
    const { data } = await decode(bytes);
    const bad = Buffer.from(bytes);
    bad.writeUInt16BE(0xffd9, bytes.length >> 1);
    await expect(decode(bad)).rejects.toThrow(/^its JPEG frame is damaged$/);
    bad.fill(0xaa, bytes.length >> 1, (bytes.length >> 1) + 200);
    await decode(bad).catch((error: unknown) => expect(error).toBeInstanceOf(SightlineError));
    expect((await decode(bytes)).data).toEqual(data);
  });

  test('of another process or number of bits is refused by its header', async () => {
    const bytes = await jpeg(1, {});
    const start = bytes.indexOf(Buffer.of(0xff, 0xc0));
    const altered = (at: number, value: number) => {
      const out = Buffer.from(bytes);
      out[start + at] = value;
      return decode(out);
    };
    await expect(altered(1, 0xc9)).rejects.toMatchObject({ kind: 'unsupported' });
    await expect(altered(4, 16)).rejects.toThrow('its JPEG frame claims 16 bits per sample');
    await expect(altered(1, 0xc3)).rejects.toThrow('its JPEG frame is damaged');
  });

  test('cannot hide another size behind a marker that stands alone', async () => {
    const bytes = await jpeg(1, {});
    const start = bytes.indexOf(Buffer.of(0xff, 0xc0));
    const hidden = Buffer.from(bytes.subarray(start, start + 13));
    hidden.writeUInt32BE(0xffffffff, 5);
    const length = Buffer.of(0xff, 0xd0, 0, hidden.length + 2);
    const bad = Buffer.concat([bytes.subarray(0, start), length, hidden, bytes.subarray(start)]);
    await expect(decode(bad)).rejects.toThrow('its JPEG frame is damaged or cut off before the image begins');
  });
});

/** Lossless JPEG (T.81 annex H) of one or three channels; a Huffman code of 5 bits for each size 0 to 16. */
function encodeLossless(
  samples: Uint16Array,
  about: {
    width: number;
    height: number;
    channels: number;
    precision: number;
    predictor: number;
    shift: number;
    restart: number;
  },
): Uint8Array {
  const { width, height, channels, precision, predictor, shift, restart } = about;
  const out: number[] = [0xff, 0xd8];
  const segment = (marker: number, ...bytes: number[]) =>
    out.push(0xff, marker, 0, bytes.length + 2, ...bytes);
  segment(0xc4, 0, 0, 0, 0, 0, 17, ...Array(11).fill(0), ...Array.from({ length: 17 }, (_, i) => i));
  if (restart > 0) segment(0xdd, restart >> 8, restart & 255);
  const ids = Array.from({ length: channels }, (_, i) => i + 1);
  segment(
    0xc3,
    precision,
    height >> 8,
    height & 255,
    width >> 8,
    width & 255,
    channels,
    ...ids.flatMap((id) => [id, 0x11, 0]),
  );
  segment(0xda, channels, ...ids.flatMap((id) => [id, 0]), predictor, 0, shift);

  let bits = '';
  const flush = () => {
    bits = bits.padEnd(Math.ceil(bits.length / 8) * 8, '1');
    for (let i = 0; i < bits.length; i += 8) {
      const byte = Number.parseInt(bits.slice(i, i + 8), 2);
      out.push(byte, ...(byte === 0xff ? [0] : []));
    }
    bits = '';
  };
  const at = (x: number, y: number, c: number) => samples[(y * width + x) * channels + c]! >> shift;
  let firstRow = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const unit = y * width + x;
      if (restart > 0 && unit > 0 && unit % restart === 0) {
        flush();
        out.push(0xff, 0xd0 + ((unit / restart - 1) % 8));
        firstRow = y;
      }
      for (let c = 0; c < channels; c++) {
        const [a, b, d] = [
          x > 0 ? at(x - 1, y, c) : 0,
          y > 0 ? at(x, y - 1, c) : 0,
          x > 0 && y > 0 ? at(x - 1, y - 1, c) : 0,
        ];
        const table = [0, a, b, d, a + b - d, a + ((b - d) >> 1), b + ((a - d) >> 1), (a + b) >> 1];
        const predicted =
          y === firstRow ? (x === 0 ? 2 ** (precision - shift - 1) : a) : x === 0 ? b : table[predictor]!;
        const difference = (((at(x, y, c) - predicted + 32768) & 0xffff) - 32768) | 0;
        const size =
          difference === -32768 ? 16 : Math.abs(difference).toString(2).length * (difference === 0 ? 0 : 1);
        bits += size.toString(2).padStart(5, '0');
        if (size > 0 && size < 16) {
          const value = difference > 0 ? difference : difference + 2 ** size - 1;
          bits += value.toString(2).padStart(size, '0');
        }
      }
    }
  }
  flush();
  out.push(0xff, 0xd9);
  return Uint8Array.from(out);
}

describe('lossless JPEG', () => {
  const random = seededRandom('lossless');
  const rough = (length: number, precision: number) =>
    Uint16Array.from({ length }, () => random.below(2 ** precision));

  test.each([1, 2, 3, 4, 5, 6, 7])('with predictor %i gives back every value', async (predictor) => {
    for (const [channels, precision, restart] of [
      [1, 16, 0],
      [1, 12, 11],
      [3, 8, 0],
      [3, 16, 22],
    ] as const) {
      const samples = rough(11 * 9 * channels, precision);
      const bytes = encodeLossless(samples, {
        width: 11,
        height: 9,
        channels,
        precision,
        predictor,
        shift: 0,
        restart,
      });
      const { data, width, height } = await decode(bytes);
      expect([width, height]).toEqual([11, 9]);
      expect([...data]).toEqual([...samples]);
    }
  });

  test('with a point transform gives back all but the lowest bits', async () => {
    const samples = rough(99, 12);
    const bytes = encodeLossless(samples, {
      width: 11,
      height: 9,
      channels: 1,
      precision: 12,
      predictor: 4,
      shift: 2,
      restart: 0,
    });
    expect([...(await decode(bytes)).data]).toEqual(Array.from(samples, (value) => value & ~3));
  });
});
