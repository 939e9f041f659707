import sharp from 'sharp';
import { describe, expect, test } from 'vitest';
import { seededRandom } from '../../../../base/random.js';
import { codecs } from '../codecs/packages.js';
import { jpegIsYbr } from './colour.js';
import { decodeJpeg } from './decode.js';
import { samplesOf } from './idct.js';

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

/** T.81 A.3.3, letter by letter. */
function literalTransform(block: readonly number[]): number[] {
  const scale = (k: number) => (k === 0 ? Math.SQRT1_2 : 1);
  return Array.from({ length: 64 }, (_, i) => {
    const [y, x] = [i >> 3, i & 7];
    let sum = 0;
    for (let v = 0; v < 8; v++) {
      for (let u = 0; u < 8; u++) {
        sum +=
          scale(u) *
          scale(v) *
          block[8 * v + u]! *
          Math.cos(((2 * x + 1) * u * Math.PI) / 16) *
          Math.cos(((2 * y + 1) * v * Math.PI) / 16);
      }
    }
    return sum / 4;
  });
}

// The zigzag order, walked: up to the right and down to the left by turns.
const zigzag = Array.from({ length: 64 }, (_, i) => i).sort((a, b) => {
  const diagonal = (i: number) => (i >> 3) + (i & 7);
  const along = (i: number) => (diagonal(i) % 2 === 0 ? i & 7 : i >> 3);
  return diagonal(a) - diagonal(b) || along(a) - along(b);
});

describe('the inverse transform', () => {
  test.each([8, 12])('is within one level of the literal formula at %i bits', (precision) => {
    const random = seededRandom('blocks');
    const level = 2 ** (precision - 1);
    for (let n = 0; n < 200; n++) {
      const block = Array.from({ length: 64 }, (_, i) =>
        i === 0
          ? random.below(level * 4) - level * 2
          : random.below(10) === 0
            ? random.below(level) - level / 2
            : 0,
      );
      const coefficients = Int16Array.from(zigzag, (at) => block[at]!);
      const plane = { across: 1, down: 1, blocksAcross: 1, blocksDown: 1, coefficients };
      const got = samplesOf(plane, new Uint16Array(64).fill(1), precision);
      literalTransform(block).forEach((value, i) => {
        const clamped = Math.min(2 * level - 1, Math.max(0, value + level));
        expect(Math.abs(got[i]! - clamped)).toBeLessThan(1);
      });
    }
  });
});

describe('DCT JPEG', () => {
  test.each([
    ['baseline', {}],
    ['progressive', { progressive: true }],
  ])('in grey and %s equals libjpeg-turbo to the bit', async (_, options) => {
    const bytes = await jpeg(1, options);
    const decodeTurbo = await codecs['jpeg-turbo']();
    expect(decodeJpeg(bytes).data).toEqual(decodeTurbo(bytes).data);
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
      const { data, width, height, samples } = decodeJpeg(bytes);
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
    for (let length = 2; length < bytes.length - 8; length += 17) {
      expect(() => decodeJpeg(bytes.subarray(0, length))).toThrow(/JPEG frame/);
    }
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

  test.each([1, 2, 3, 4, 5, 6, 7])('with predictor %i gives back every value', (predictor) => {
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
      const { data, width, height } = decodeJpeg(bytes);
      expect([width, height]).toEqual([11, 9]);
      expect([...data]).toEqual([...samples]);
    }
  });

  test('with a point transform gives back all but the lowest bits', () => {
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
    expect([...decodeJpeg(bytes).data]).toEqual(Array.from(samples, (value) => value & ~3));
  });
});
