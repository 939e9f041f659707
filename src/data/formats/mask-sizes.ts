import { isScaledCopy } from '../geometry/scaled-copy.js';
import type { Region } from '../record.js';
import type { Fault, Size } from './boxes.js';
import type { Measured } from './size.js';

/** How masks lie: as their picture is shown, as it is stored before its EXIF orientation, or as either. */
export type Turn = 'shown' | 'stored' | 'either';

/** What becomes of the masks of a picture by their sizes. */
export interface Fitting {
  readonly regions: readonly Region[];
  readonly faults: readonly Fault[];
  /** Where the masks show the picture as it is stored, before its EXIF orientation. */
  readonly stored?: Size & { readonly asStored?: true };
}

type Sizes = ReadonlyMap<Region, Size>;

/** How the masks of a picture lie, by their sizes; `undefined` where it is not turned or they do not fit. */
export function turnOf(
  regions: readonly Region[],
  sizes: Sizes,
  { stored, isTurned, ...shown }: Measured,
): Turn | undefined {
  if (!isTurned || regions.length === 0) return undefined;
  const [isShown, isStored] = [regions.every(fits(sizes, shown)), regions.every(fits(sizes, stored))];
  if (isShown) return isStored ? 'either' : 'shown';
  return isStored ? 'stored' : undefined;
}

/** How all masks of a folder lie, where those that tell agree. */
export function commonTurn(turns: readonly (Turn | undefined)[]): Turn {
  const told = new Set(turns.filter((turn) => turn === 'shown' || turn === 'stored'));
  return told.size === 1 ? [...told][0]! : 'either';
}

/**
 * Fits masks to their picture by their sizes. Masks of other proportions are faults: they are turned, cut or
 * stretched. Smaller and larger copies are scaled, which is told. Masks that only fit the picture as it is
 * stored are of the picture before its EXIF orientation. Those that fit either way lie as the `common` ones.
 */
export function fittedMasks(
  regions: readonly Region[],
  sizes: Sizes,
  measured: Measured,
  common: Turn,
): Fitting {
  const { stored, isTurned: _, ...shown } = measured;
  const own = turnOf(regions, sizes, measured);
  const turn = own === 'either' ? common : own;
  const picture = turn === 'stored' ? stored : shown;
  const faults = regions.flatMap((region): Fault[] => {
    const own = sizes.get(region);
    if (own === undefined || (own.width === picture.width && own.height === picture.height)) return [];
    const said = `its mask '${region.label}' has ${own.width}x${own.height} pixels, the picture ${picture.width}x${picture.height}`;
    if (isScaledCopy(own, picture)) return [{ kind: 'rescaled', problem: `${said}: it was scaled` }];
    return [
      {
        kind: 'inconsistent',
        place: { kind: 'region', label: region.label },
        problem: `${said}, of other proportions: turned, cut, padded or stretched`,
      },
    ];
  });
  const lies = turn === 'either' ? [readAsShown] : turn === 'stored' ? [keptAsStored] : [];
  return {
    regions: regions.filter(fits(sizes, picture)),
    faults: [...faults, ...lies],
    ...(turn === 'stored' && { stored: { ...stored, ...(common === 'stored' && { asStored: true }) } }),
  };
}

const fits = (sizes: Sizes, size: Size) => (region: Region) => {
  const own = sizes.get(region);
  return own === undefined || isScaledCopy(own, size);
};

const readAsShown: Fault = {
  kind: 'inconsistent',
  problem:
    'its EXIF orientation turns or mirrors it, and its mask fits it either way: the mask is read as one of the picture as it is shown',
};

/** Told of a picture that lies as its masks, or those of its folder, show it. */
export const keptAsStored: Fault = {
  kind: 'inconsistent',
  problem:
    'it is kept as stored, without the turn of its EXIF orientation, because masks of the folder are drawn that way; to have it upright, turn it and its mask',
};
