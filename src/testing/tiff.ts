const types = {
  uint8: { array: Uint8Array, format: 1 },
  int8: { array: Int8Array, format: 2 },
  uint16: { array: Uint16Array, format: 1 },
  int16: { array: Int16Array, format: 2 },
  uint32: { array: Uint32Array, format: 1 },
  int32: { array: Int32Array, format: 2 },
  float32: { array: Float32Array, format: 3 },
  float64: { array: Float64Array, format: 3 },
} as const;

/** An uncompressed little-endian grey TIFF, two pixels wide and black at its least value by default. */
export function tiff(
  type: keyof typeof types,
  values: readonly number[],
  width = 2,
  orientation = 1,
  photometric: 0 | 1 | 2 = 1,
  { channels = 1, extra }: { readonly channels?: number; readonly extra?: 0 | 1 | 2 } = {},
): Buffer {
  const { array, format } = types[type];
  const data = Buffer.from(array.from(values).buffer);
  const height = values.length / width / channels;
  const tags: readonly (readonly [tag: number, value: number])[] = [
    [256, width],
    [257, height],
    [258, array.BYTES_PER_ELEMENT * 8],
    [259, 1],
    [262, photometric],
    [273, 8],
    [274, orientation],
    [277, channels],
    [278, height],
    [279, data.length],
    ...(extra === undefined ? [] : [[338, extra] as const]),
    [339, format],
  ];
  const head = Buffer.alloc(8);
  head.write('II*\0', 'latin1');
  head.writeUInt32LE(8 + data.length, 4);
  const directory = Buffer.alloc(2 + 12 * tags.length + 4);
  directory.writeUInt16LE(tags.length, 0);
  for (const [i, [tag, value]] of tags.entries()) {
    directory.writeUInt16LE(tag, 2 + 12 * i);
    directory.writeUInt16LE(4, 4 + 12 * i);
    directory.writeUInt32LE(1, 6 + 12 * i);
    directory.writeUInt32LE(value, 10 + 12 * i);
  }
  return Buffer.concat([head, data, directory]);
}

/** The pages of such files in one file. */
export function joined(files: readonly Buffer[]): Buffer {
  const out = Buffer.concat(files);
  let start = 0;
  let link = 4;
  for (const file of files) {
    const directory = start + file.readUInt32LE(4);
    const entries = out.readUInt16LE(directory);
    for (let i = 0; i < entries; i++) {
      const at = directory + 2 + 12 * i;
      if (out.readUInt16LE(at) === STRIPS) out.writeUInt32LE(start + out.readUInt32LE(at + 8), at + 8);
    }
    out.writeUInt32LE(directory, link);
    link = directory + 2 + 12 * entries;
    start += file.length;
  }
  return out;
}

/** The tag of the offset of the pixels. */
const STRIPS = 273;
