/** Shares of a colour's channels in its greatest one; shades of a colour have the same. */
export type Colour = readonly number[];

/** Colours whose channels differ by less are shades of one. */
const SHADE = 0.1;

export const isShade = (a: Colour, b: Colour): boolean =>
  a.length !== b.length ? isGrey(a) && isGrey(b) : a.every((channel, c) => Math.abs(channel - b[c]!) < SHADE);

const isGrey = (colour: Colour): boolean => colour.every((channel) => channel > 1 - SHADE);

/** The mean colour of the marked pixels; `data` holds the channels of each. */
export function colourOf(data: ArrayLike<number>, marked: Uint8Array): Colour {
  const channels = data.length / marked.length;
  const sums = Array.from({ length: channels }, () => 0);
  for (let i = 0; i < marked.length; i++)
    if (marked[i] === 1) for (let c = 0; c < channels; c++) sums[c]! += data[i * channels + c]!;
  const most = Math.max(...sums);
  return sums.map((sum) => (most > 0 ? sum / most : 1));
}
