export type Colour = readonly [red: number, green: number, blue: number];

/** `diverging` is centred on zero, for signed maps; `sequential` is for maps without negative values. */
export type ColourMap = 'diverging' | 'sequential';

/** Colours at equal distances, interpolated linearly in sRGB. */
const STOPS: Readonly<Record<ColourMap, readonly Colour[]>> = {
  // Blue, white and red (after RdBu of ColorBrewer, Brewer 2003), safe for colour-blind readers.
  diverging: [
    [5, 48, 97],
    [33, 102, 172],
    [67, 147, 195],
    [146, 197, 222],
    [247, 247, 247],
    [244, 165, 130],
    [214, 96, 77],
    [178, 24, 43],
    [103, 0, 31],
  ],
  // Perceptually uniform from dark to bright (after inferno, van der Walt & Smith 2015).
  sequential: [
    [0, 0, 4],
    [40, 11, 84],
    [101, 21, 110],
    [159, 42, 99],
    [212, 72, 66],
    [245, 125, 21],
    [250, 193, 39],
    [252, 255, 164],
  ],
};

/** The colour at `position` in [0, 1] of a map. */
export function colourAt(map: ColourMap, position: number): Colour {
  const stops = STOPS[map];
  const place = Math.min(Math.max(position, 0), 1) * (stops.length - 1);
  const index = Math.min(Math.floor(place), stops.length - 2);
  const share = place - index;
  const [from, to] = [stops[index]!, stops[index + 1]!];
  const mixed = (c: 0 | 1 | 2) => Math.round(from[c] + share * (to[c] - from[c]));
  return [mixed(0), mixed(1), mixed(2)];
}

/** A colour map as Plotly takes it. */
export const plotlyScale = (map: ColourMap): [number, string][] =>
  STOPS[map].map(([r, g, b], i) => [i / (STOPS[map].length - 1), `rgb(${r}, ${g}, ${b})`]);
