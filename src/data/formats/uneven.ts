/** From this logarithm of their proportions on, pixels are no squares. */
const UNEVEN = 0.02;

/** What is told of pixels that are no squares; `aspect` is their height divided by their width. */
export const toldUneven = (aspect: number): readonly string[] =>
  Math.abs(Math.log(aspect)) > UNEVEN
    ? [`its pixels are ${proportion(aspect)}; they are shown as squares`]
    : [];

const proportion = (aspect: number): string =>
  aspect > 1
    ? `${Math.round(100 * aspect) / 100} times as high as wide`
    : `${Math.round(100 / aspect) / 100} times as wide as high`;
