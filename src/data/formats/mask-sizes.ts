import { isScaledCopy } from '../geometry/scaled-copy.js';
import type { Region } from '../record.js';
import type { Fault, Size } from './boxes.js';
import type { Measured } from './size.js';

/** What becomes of the masks of a picture by their sizes. */
export interface Fitting {
  readonly regions: readonly Region[];
  readonly faults: readonly Fault[];
  /** The stored size, where the masks show the picture as it is stored, before its EXIF orientation. */
  readonly size?: Size;
}

/**
 * Fits masks to their picture by their sizes. Masks of other proportions are faults: they are turned, cut or
 * stretched. Smaller and larger copies are scaled, which is told. Masks that only fit the picture as it is
 * stored are of the picture before its EXIF orientation.
 */
export function fittedMasks(
  regions: readonly Region[],
  sizes: ReadonlyMap<Region, Size>,
  { stored, isTurned, ...shown }: Measured,
): Fitting {
  const fits = (size: Size) => (region: Region) => {
    const own = sizes.get(region);
    return own === undefined || isScaledCopy(own, size);
  };
  const isStored = !regions.every(fits(shown)) && regions.every(fits(stored));
  const picture = isStored ? stored : shown;
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
  const isEither =
    isTurned && regions.length > 0 && regions.every(fits(shown)) && regions.every(fits(stored));
  return {
    regions: regions.filter(fits(picture)),
    faults: isEither ? [...faults, turned] : faults,
    ...(isStored && { size: stored }),
  };
}

const turned: Fault = {
  kind: 'inconsistent',
  problem:
    'its EXIF orientation turns or mirrors it, and its mask fits it either way: the mask is read as one of the picture as it is shown',
};
