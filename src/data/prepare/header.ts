/** An image's size and depth as its file says. */
export interface Header {
  readonly width: number;
  readonly height: number;
  readonly depth: 'uchar' | 'ushort';
}

/**
 * Reads the header of a PNG or baseline, extended or progressive JPEG, which saves asking the decoder twice; `undefined` for
 * everything else, also for what is malformed: the decoder tells of that.
 */
export function headerOf(bytes: Uint8Array): Header | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length > 32 && view.getUint32(0) === 0x89504e47 && view.getUint32(12) === 0x49484452) {
    return {
      width: view.getUint32(16),
      height: view.getUint32(20),
      depth: bytes[24] === 16 ? 'ushort' : 'uchar',
    };
  }
  return bytes.length > 4 && view.getUint16(0) === 0xffd8 ? frameOf(view) : undefined;
}

/** Walks over the segments of a JPEG to its frame header. */
function frameOf(view: DataView): Header | undefined {
  for (let at = 2; at + 9 < view.byteLength; ) {
    if (view.getUint8(at) !== 0xff) return undefined;
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) at++;
    else if (marker >= 0xc0 && marker <= 0xc2) {
      if (view.getUint8(at + 4) !== 8) return undefined;
      return { width: view.getUint16(at + 7), height: view.getUint16(at + 5), depth: 'uchar' };
    } else if (marker === 0xda || marker < 0xc0) return undefined;
    else at += 2 + view.getUint16(at + 2);
  }
  return undefined;
}
