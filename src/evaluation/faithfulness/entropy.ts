/** The information of an image of 256 grey levels, followed while its pixels change. */
export interface Information {
  /** Gives a value, by its index in the image, another level. */
  change(at: number, level: number): void;
  /** The bits of the image: the entropy of the differences between a value and its left neighbour. */
  bits(): number;
}

/** Follows the information of an image `[C, H, W]` of 256 levels, which is copied. */
export function informationOf(image: Uint8Array, width: number): Information {
  const levels = Uint8Array.from(image);
  const counts = new Int32Array(256);
  const difference = (at: number) => (levels[at]! - (at % width === 0 ? 0 : levels[at - 1]!)) & 255;
  for (let at = 0; at < levels.length; at++) counts[difference(at)]!++;
  return {
    change(at, level) {
      if (levels[at] === level) return;
      const last = (at + 1) % width === 0 ? at : at + 1;
      for (let i = at; i <= last; i++) counts[difference(i)]!--;
      levels[at] = level;
      for (let i = at; i <= last; i++) counts[difference(i)]!++;
    },
    bits: () => {
      let bits = levels.length * Math.log2(levels.length);
      for (const count of counts) if (count > 0) bits -= count * Math.log2(count);
      return bits;
    },
  };
}
