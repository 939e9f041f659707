export interface MadeCodestream {
  readonly width: number;
  readonly height: number;
  readonly tile?: number;
  readonly channels?: number;
  readonly layers?: number;
  readonly levels?: number;
  /** Exponents of every precinct's width and height, four bits each. */
  readonly precincts?: number;
  readonly highThroughput?: boolean;
  /** Whether every tile says again how it is coded, and the main header nothing of layers. */
  readonly again?: boolean;
  /** What stands in every tile; zeros are packets that hold nothing, which is mid-grey. */
  readonly data: Uint8Array;
  /** Tiles that are left out. */
  readonly without?: readonly number[];
}

const u16 = (...values: number[]) => Buffer.from(values.flatMap((v) => [v >> 8, v & 255]));
const u32 = (...values: number[]) => u16(...values.flatMap((v) => [v >>> 16, v & 0xffff]));
const segment = (marker: number, ...parts: Uint8Array[]) => {
  const body = Buffer.concat(parts);
  return Buffer.concat([u16(marker, body.length + 2), body]);
};

/** A JPEG 2000 codestream of 8-bit samples (T.800 annex A), reversible, in code blocks of 64 x 64. */
export function madeCodestream(made: MadeCodestream): Buffer {
  const { width, height, tile = Math.max(width, height), channels = 1, levels = 5, data } = made;
  const { precincts, highThroughput = false, again = false, without = [] } = made;
  const sizes = precincts === undefined ? [] : Array<number>(levels + 1).fill(precincts);
  const coding = (layers: number) =>
    segment(
      0xff52,
      Buffer.from([precincts === undefined ? 0 : 1, 2]),
      u16(layers),
      Buffer.from([0, levels, 4, 4, highThroughput ? 0x40 : 0, 1, ...sizes]),
    );
  const tiles = Math.ceil(width / tile) * Math.ceil(height / tile);
  const parts = Array.from({ length: tiles }, (_, t) => t).filter((t) => !without.includes(t));
  return Buffer.concat([
    u16(0xff4f),
    segment(
      0xff51,
      u16(highThroughput ? 0x4000 : 0),
      u32(width, height, 0, 0, tile, tile, 0, 0),
      u16(channels),
      Buffer.from(Array.from({ length: channels }, () => [7, 1, 1]).flat()),
    ),
    highThroughput ? segment(0xff50, u32(0x20000), u16(0)) : Buffer.alloc(0),
    coding(again ? 1 : (made.layers ?? 1)),
    segment(0xff5c, Buffer.from([0x40, ...Array<number>(3 * levels + 1).fill(9 << 3)])),
    ...parts.map((t) => tilePart(t, again ? coding(made.layers ?? 1) : Buffer.alloc(0), data)),
    u16(0xffd9),
  ]);
}

const tilePart = (index: number, header: Uint8Array, data: Uint8Array) =>
  Buffer.concat([
    segment(0xff90, u16(index), u32(14 + header.length + data.length), Buffer.from([0, 1])),
    header,
    u16(0xff93),
    data,
  ]);

/** The codestream of an image of one tile, repeated as the tiles of a larger one, `across` by `down`. */
export function repeatedTile(codestream: Uint8Array, across: number, down: number): Buffer {
  const bytes = Buffer.from(codestream);
  const [first, last] = [bytes.indexOf(u16(0xff90)), bytes.lastIndexOf(u16(0xffd9))];
  const header = Buffer.from(bytes.subarray(0, first));
  header.writeUInt32BE(header.readUInt32BE(8) * across, 8);
  header.writeUInt32BE(header.readUInt32BE(12) * down, 12);
  const tiles = Array.from({ length: across * down }, (_, t) => {
    const part = Buffer.from(bytes.subarray(first, last));
    part.writeUInt16BE(t, 4);
    return part;
  });
  return Buffer.concat([header, ...tiles, u16(0xffd9)]);
}
