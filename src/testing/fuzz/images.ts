import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import type { Random } from '../../base/random.js';
import { quietly } from '../../base/run.js';
import { decodeFile } from '../../data/decode/index.js';
import { measure } from '../../data/formats/size.js';
import { readRaster } from '../../data/prepare/pictures/raster.js';
import { compressed, imageElements, madeDicom } from '../dicom.js';
import { madeCodestream } from '../jpeg2000.js';
import { tiff } from '../tiff.js';
import type { FuzzKind } from './kind.js';

const [width, height] = [12, 10];
const grey = Uint8Array.from({ length: width * height }, (_, i) => (i * 37) & 255);
const raw = () => sharp(grey, { raw: { width, height, channels: 1 } });
const colour = () => raw().toColourspace('srgb');

async function read(path: string): Promise<void> {
  const record = { id: 'x', patient: 'x', path, boxes: [], regions: [] };
  const tries = [
    decodeFile(path),
    decodeFile(path, { raw: true }),
    measure(path),
    readRaster(record, decodeFile, quietly),
  ];
  await firstFault(tries);
}

/** Waits for all and throws the first error. */
async function firstFault(tries: readonly Promise<unknown>[]): Promise<void> {
  const done = await Promise.allSettled(tries);
  for (const result of done) if (result.status === 'rejected') throw result.reason;
}

/** A PNG with correct checksums after a change within its chunks. */
function repairedPng(bytes: Uint8Array, random: Random): Uint8Array {
  const out = Uint8Array.from(bytes);
  const view = new DataView(out.buffer);
  for (let at = 8; at + 12 <= out.length; ) {
    const length = view.getUint32(at);
    if (at + 12 + length > out.length) break;
    if (length > 0 && random.below(2) === 0) out[at + 8 + random.below(length)] = random.below(256);
    view.setUint32(at + 8 + length, crc32(out.subarray(at + 4, at + 8 + length)));
    at += 12 + length;
  }
  return out;
}

export const png: FuzzKind = {
  name: 'png',
  file: 'x.png',
  seeds: async () => [await raw().png().toBuffer(), await colour().png({ palette: true }).toBuffer()],
  dictionary: ['IHDR', 'IDAT', 'PLTE', 'tRNS', 'eXIf', 'iCCP', 'IEND'],
  restructure: repairedPng,
  read,
};

export const jpeg: FuzzKind = {
  name: 'jpeg',
  file: 'x.jpg',
  seeds: async () => [
    await raw().jpeg().toBuffer(),
    await colour().jpeg({ progressive: true }).withMetadata({ orientation: 6 }).toBuffer(),
  ],
  dictionary: ['\xff\xc0', '\xff\xc2', '\xff\xda', '\xff\xd8', '\xff\xe1', 'Exif\0\0', '\xff\xd9'],
  read,
};

export const tiffs: FuzzKind = {
  name: 'tiff',
  file: 'x.tif',
  seeds: async () => [
    await raw().tiff({ compression: 'lzw' }).toBuffer(),
    await raw().tiff({ compression: 'deflate', tile: true, tileWidth: 16, tileHeight: 16 }).toBuffer(),
    tiff('uint16', [1, 2, 3, 4]),
    tiff('float32', [1, 2, 3, 4]),
  ],
  dictionary: ['II*\0', 'MM\0*', '\x01\x01\x04\0', '\x11\x01\x04\0'],
  read,
};

export const pictures: FuzzKind = {
  name: 'pictures',
  file: 'x.picture',
  seeds: async () => [
    await raw().webp().toBuffer(),
    await raw().webp({ lossless: true }).toBuffer(),
    await raw().gif().toBuffer(),
    Buffer.concat([Buffer.from(`P5\n# made\n${width} ${height}\n255\n`), grey]),
    bitmap(),
  ],
  dictionary: ['RIFF', 'WEBP', 'VP8L', 'VP8X', 'GIF89a', 'P5 ', ' 255\n', '99999', '#'],
  read,
};

/** A Windows bitmap of 24 bits, 4 by 2 pixels. */
function bitmap(): Buffer {
  const bytes = Buffer.alloc(54 + 24, 77);
  bytes.fill(0, 0, 54);
  bytes.write('BM');
  bytes.writeUInt32LE(54, 10);
  bytes.writeUInt32LE(40, 14);
  bytes.writeInt32LE(4, 18);
  bytes.writeInt32LE(2, 22);
  bytes.writeUInt16LE(1, 26);
  bytes.writeUInt16LE(24, 28);
  return bytes;
}

const elements = imageElements(height, width);

export const dicom: FuzzKind = {
  name: 'dicom',
  file: 'x.dcm',
  seeds: async () => [
    madeDicom([['00100020', 'LO', 'P1'], ...elements, ['7fe00010', 'OW', grey]]),
    madeDicom([...imageElements(4, 5, { bits: 16, stored: 12 }), ['7fe00010', 'OW', grey.subarray(0, 40)]]),
    compressed('1.2.840.10008.1.2.4.50', elements, await raw().jpeg().toBuffer()),
    compressed(
      '1.2.840.10008.1.2.4.90',
      elements,
      madeCodestream({ width, height, levels: 2, data: Buffer.alloc(64) }),
    ),
    compressed('1.2.840.10008.1.2.5', elements, runLength(grey)),
  ],
  dictionary: [
    'DICM',
    'OW\0\0',
    'SQ\0\0',
    'UN\0\0',
    '\xfe\xff\x00\xe0',
    '\xff\xff\xff\xff',
    '1.2.840.10008.1.2.5',
  ],
  read,
};

/** A DICOM RLE frame of one segment of literal runs. */
function runLength(pixels: Uint8Array): Buffer {
  const header = Buffer.alloc(64);
  header.writeUInt32LE(1, 0);
  header.writeUInt32LE(64, 4);
  return Buffer.concat([header, Buffer.of(pixels.length - 1), pixels]);
}
