import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { quietly } from '../../../base/run.js';
import { temporaryTree } from '../../../testing/tree.js';
import { measure } from '../../formats/size.js';
import { openSource } from '../../prepare/pictures/source.js';
import { decodeFile } from '../file.js';
import { checkClaim } from './claim.js';

const long = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
};

function chunk(type: string, content: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from(type), content]);
  return Buffer.concat([long(content.length), body, long(crc32(body))]);
}

/** A PNG whose header claims any size, with ten bytes of pixels. */
const png = (width: number, height: number): Buffer =>
  Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', Buffer.concat([long(width), long(height), Buffer.of(8, 0, 0, 0, 0)])),
    chunk('IDAT', deflateSync(Buffer.alloc(10))),
    chunk('IEND', Buffer.alloc(0)),
  ]);

const frame = (marker: number, width: number, height: number) =>
  Buffer.of(0xff, marker, 0, 11, 8, height >> 8, height & 255, width >> 8, width & 255, 1, 1, 0x11, 0);

/** A JPEG of a header alone. */
const jpeg = (width: number, height: number): Buffer =>
  Buffer.concat([Buffer.of(0xff, 0xd8), frame(0xc0, width, height), Buffer.of(0xff, 0xd9)]);

function bmp(width: number, height: number): Buffer {
  const bytes = Buffer.alloc(70);
  bytes.write('BM');
  bytes.writeUInt32LE(54, 10);
  bytes.writeUInt32LE(40, 14);
  bytes.writeInt32LE(width, 18);
  bytes.writeInt32LE(height, 22);
  bytes.writeUInt16LE(24, 28);
  return bytes;
}

const pgm = (width: number, height: number): Buffer => Buffer.from(`P5 ${width} ${height} 255\n0000`);

const noDecode = () => Promise.reject(new Error('not to be decoded'));

describe('a picture whose header claims more than its file can hold', () => {
  it.each([
    ['PNG', png, 60_000, 60_000],
    ['PNG', png, 16_000, 16_000],
    ['JPEG', jpeg, 65_535, 65_535],
    ['JPEG', jpeg, 16_000, 16_000],
    ['bitmap', bmp, 2 ** 31 - 1, 2 ** 31 - 1],
    ['bitmap', bmp, 10_000, 10_000],
    ['graymap', pgm, 60_000, 60_000],
    ['graymap', pgm, 4_000, 4_000],
  ])('is refused in one line: %s of %4$i x %3$i', async (_, make, width, height) => {
    const path = join(await temporaryTree({ picture: make(width, height) }), 'picture');
    const refusal = { kind: 'input', message: expect.stringMatching(/^[^\n]*picture: [^\n]*$/) };
    await expect(decodeFile(path)).rejects.toMatchObject(refusal);
    await expect(measure(path)).rejects.toMatchObject({ kind: 'input' });
    await expect(openSource({ path }, noDecode, quietly)).rejects.toMatchObject({ kind: 'input' });
  });

  it('is told what it claims and what is accepted', () => {
    expect(() => checkClaim({ width: 60_000, height: 60_000 }, 85)).toThrow(
      'its header claims 60000 x 60000 pixels; up to 268435456 are accepted',
    );
    expect(() => checkClaim({ width: 5000, height: 5000 }, 2499)).toThrow(
      'its header claims 5000 x 5000 pixels in 2499 bytes; up to 10000 for each byte are accepted',
    );
    expect(() => checkClaim({ width: 5000, height: 5000 }, 2500)).not.toThrow();
    expect(() => checkClaim({ width: 0, height: 5 }, 2500)).toThrow('which is no picture');
  });
});
