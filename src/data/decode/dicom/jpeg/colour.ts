/**
 * What a JPEG frame says itself about its three channels: an Adobe segment names the transform, JFIF means YCbCr,
 * components named R, G and B are RGB, and halved ones cannot be. `undefined` where nothing tells.
 */
export function jpegIsYbr(bytes: Uint8Array): boolean | undefined {
  let jfif = false;
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff; ) {
    const marker = bytes[at + 1]!;
    const length = (bytes[at + 2]! << 8) | bytes[at + 3]!;
    const segment = bytes.subarray(at + 4, at + 2 + length);
    if (marker === 0xee && begins(segment, 'Adobe') && segment.length >= 12) return segment[11] !== 0;
    if (marker === 0xe0 && begins(segment, 'JFIF')) jfif = true;
    if (marker === 0xc3) return undefined;
    if (marker >= 0xc0 && marker <= 0xc2) {
      const names = String.fromCharCode(segment[6] ?? 0, segment[9] ?? 0, segment[12] ?? 0);
      if (names === 'RGB') return false;
      if (segment[7] !== segment[10]) return true;
      return jfif ? true : undefined;
    }
    at += 2 + Math.max(length, 2);
  }
  return undefined;
}

const begins = (segment: Uint8Array, word: string): boolean =>
  [...word].every((letter, i) => segment[i] === letter.charCodeAt(0));
