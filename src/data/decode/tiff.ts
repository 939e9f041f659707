import { unsupported } from '../../base/errors.js';

/** What a TIFF file says of its samples. */
interface Samples {
  readonly compression: number;
  readonly photometric: number;
  readonly bits: number;
  /** 1 unsigned, 2 signed, 3 floating point; others are complex or undefined. */
  readonly format: number;
  readonly channels: number;
  /** Whether the channels behind grey or colours are transparency. */
  readonly hasAlpha: boolean;
  /** Whether the least value is white. */
  readonly isNegative: boolean;
  /** Whether each channel has tiles of its own. */
  readonly hasTiledPlanes: boolean;
}

const tags = {
  bits: 258,
  compression: 259,
  photometric: 262,
  channels: 277,
  planes: 284,
  tileWidth: 322,
  extra: 338,
  format: 339,
};
const sizes: Readonly<Record<number, number>> = { 1: 1, 3: 2, 4: 4, 16: 8 };

/** Reads the sample type of a page of a TIFF file; `undefined` for other files and damaged ones. */
export function tiffSamples(bytes: Uint8Array, page = 0): Samples | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const mark = bytes.length < 16 ? 0 : view.getUint16(0);
  if (mark !== 0x4949 && mark !== 0x4d4d) return undefined;
  const little = mark === 0x4949;
  const number = (at: number, size: number): number => {
    if (at + size > bytes.length) return 0;
    if (size === 8) return Number(view.getBigUint64(at, little));
    return size === 4 ? view.getUint32(at, little) : size === 2 ? view.getUint16(at, little) : bytes[at]!;
  };
  const version = number(2, 2);
  if (version !== 42 && version !== 43) return undefined;
  // BigTIFF: counts and offsets have eight bytes.
  const [size, start] = version === 43 ? [8, 8] : [4, 4];
  const [counted, step] = version === 43 ? [8, 20] : [2, 12];
  let directory = number(start, size);
  for (let i = 0; i < page; i++)
    directory = number(directory + counted + number(directory, counted) * step, size);
  const first = directory + counted;
  const entries = Math.min(number(directory, counted), 4096);
  const read = (tag: number, otherwise: number): number => {
    for (let i = 0; i < entries; i++) {
      const at = first + i * step;
      if (number(at, 2) !== tag) continue;
      const each = sizes[number(at + 2, 2)] ?? 2;
      const place = at + 4 + size;
      return number(number(at + 4, size) * each > size ? number(place, size) : place, each);
    }
    return otherwise;
  };
  const photometric = read(tags.photometric, 1);
  const channels = read(tags.channels, 1);
  return {
    channels,
    hasAlpha: alpha.includes(read(tags.extra, 0)),
    bits: read(tags.bits, 1),
    format: read(tags.format, 1),
    compression: read(tags.compression, 1),
    photometric,
    isNegative: photometric === 0,
    hasTiledPlanes: channels > 1 && read(tags.planes, 1) === 2 && read(tags.tileWidth, 0) > 0,
  };
}

const kinds: Readonly<Record<number, string>> = { 1: 'unsigned', 2: 'signed', 3: 'floating-point' };
const readable: Readonly<Record<number, readonly number[]>> = {
  1: [1, 2, 4, 8, 16, 32],
  2: [8, 16, 32],
  3: [32],
};

/** Compressions that libvips reads, by number. */
const compressions = [1, 2, 3, 4, 5, 6, 7, 8, 32773, 32946];
const otherCompressions: Readonly<Record<number, string>> = {
  33003: 'JPEG 2000',
  33005: 'JPEG 2000',
  34712: 'JPEG 2000',
  34887: 'LERC',
  34925: 'LZMA',
  50000: 'Zstandard',
  50001: 'WebP',
  50002: 'JPEG XL',
  52546: 'JPEG XL',
};
/** Extra samples that are transparency, and colours in which a least or a greatest value is white. */
const [alpha, greys] = [
  [1, 2],
  [0, 1],
];
const RGB = 2;
const lab = [8, 9, 10];
const jpeg = [6, 7];

/** Whether the bytes are a TIFF file whose first picture is compressed as JPEG. */
export function isTiffJpeg(bytes: Uint8Array): boolean {
  const samples = tiffSamples(bytes);
  return samples !== undefined && jpeg.includes(samples.compression);
}

/** What is told of channels whose meaning a TIFF file does not say. */
export function channelDoubts(bytes: Uint8Array): readonly string[] {
  const { photometric, channels, hasAlpha } = tiffSamples(bytes) ?? {};
  if (photometric === RGB && channels === 4 && !hasAlpha)
    return ['its fourth channel, of which the file does not say what it is, is left out'];
  return greys.includes(photometric!) && channels === 3
    ? ['its three channels, of which the file does not say what they are, are read as red, green and blue']
    : [];
}

/** Throws where libvips reads samples of this type, order, colour or compression wrongly or not at all. */
export function checkSamples(samples: Samples): void {
  const { bits, format, compression, photometric, channels, hasAlpha, hasTiledPlanes } = samples;
  if (!compressions.includes(compression)) {
    const named = otherCompressions[compression] ?? `of number ${compression}`;
    throw unsupported(
      `its TIFF compression is ${named}; none, LZW, Deflate, PackBits, CCITT and JPEG are read: save it with one of these`,
    );
  }
  if (hasTiledPlanes) {
    throw unsupported(
      'its TIFF channels are in tiles apart (planar); tiles of interleaved channels and strips are read: save it interleaved',
    );
  }
  const most = photometric === RGB ? 4 : greys.includes(photometric) ? (hasAlpha ? 2 : 1) : Infinity;
  if (channels > most && !(greys.includes(photometric) && channels === 3)) {
    throw unsupported(
      `its TIFF has ${channels} channels; one of grey or three of red, green and blue, with or without transparency, are read: save those to be shown`,
    );
  }
  if (lab.includes(photometric)) {
    throw unsupported(
      'its TIFF colours are CIELab; grey, RGB, palettes, YCbCr and CMYK are read: save it with one of these',
    );
  }
  if (readable[format]?.includes(bits)) return;
  const kind = kinds[format] ?? 'complex or undefined';
  throw unsupported(
    `its TIFF samples are ${kind} numbers of ${bits} bits; 1 to 32-bit integers of whole bytes and 32-bit floats are read: save it with one of these`,
  );
}
