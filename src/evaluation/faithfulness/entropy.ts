/** The information of an image of 256 grey levels, followed while its pixels change. */
export interface Information {
  /** Gives a pixel, with all its channels, the levels that it has in another image. */
  change(pixel: number, to: Uint8Array): void;
  /** The bits of the image: the entropy of the differences between a value and its left neighbour. */
  bits(): number;
}

/** Follows the information of an image `[C, H, W]` of 256 levels, which changes with it. */
export function informationOf(levels: Uint8Array, height: number, width: number): Information {
  const area = height * width;
  const counts = new Int32Array(256);
  for (let row = 0; row < levels.length; row += width) {
    let left = 0;
    for (let at = row; at < row + width; at++) {
      counts[(levels[at]! - left) & 255]!++;
      left = levels[at]!;
    }
  }
  return {
    change(pixel, to) {
      const column = pixel % width;
      for (let at = pixel; at < levels.length; at += area) {
        const before = levels[at]!;
        const after = to[at]!;
        if (before === after) continue;
        levels[at] = after;
        const left = column === 0 ? 0 : levels[at - 1]!;
        counts[(before - left) & 255]!--;
        counts[(after - left) & 255]!++;
        if (column === width - 1) continue;
        const right = levels[at + 1]!;
        counts[(right - before) & 255]!--;
        counts[(right - after) & 255]!++;
      }
    },
    bits: () => {
      let bits = levels.length * Math.log2(levels.length);
      for (const count of counts) if (count > 0) bits -= count * Math.log2(count);
      return bits;
    },
  };
}
