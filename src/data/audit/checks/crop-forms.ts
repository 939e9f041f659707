import { hasDetail } from '../../prepare/pictures/detail.js';
import { partOf, summed } from '../../prepare/pictures/part.js';
import { type Print, SMALL_SIDE } from '../../prepare/pictures/print.js';
import { type Symmetry, symmetries, turned } from '../../prepare/pictures/symmetries.js';
import { tilted } from '../../prepare/pictures/tilt.js';
import { ALL, type View, viewOf, type Whole } from './crop-of.js';

/** A picture, or its part within bare edges, where others are looked for, and looks of it to find there. */
export interface CropForm {
  readonly whole: Whole;
  /** As it is and mirrored left to right. */
  readonly upright: readonly Look[];
  /** Turned by right angles, or tilted. */
  readonly turned: readonly Look[];
}

export interface Look {
  readonly how: string;
  readonly view: View;
}

/** Pictures with fewer pixels on a side show too little to tell parts of them apart. */
const LEAST_SIDE = 64;
/** From this share of its area on, a picture has no bare edges. */
const BARE = 0.98;

const [upright, rightAngles] = [symmetries.slice(0, 2), symmetries.slice(2)];
const TILTS = [-2, 2, -4, 4];

/** A picture as it is, and within its bare edges where it has some; none where it cannot be compared. */
export function formsOf(print: Print): readonly CropForm[] {
  const { small, part, width, height } = print;
  if (!print.hasContent || Math.min(width, height) < LEAST_SIDE || !hasDetail(print)) return [];
  const sums = summed(small, SMALL_SIDE);
  return (part.width * part.height < BARE ? [ALL, part] : [ALL]).map((share) => {
    const picture = share === ALL ? Float32Array.from(small) : partOf(sums, share, SMALL_SIDE);
    const ratio = (width * share.width) / (height * share.height);
    const lookOf = (symmetry: Symmetry, degrees = 0): Look => {
      const straight = degrees === 0 ? picture : tilted(picture, SMALL_SIDE, ratio, degrees);
      const seen = turned(straight, SMALL_SIDE, symmetry);
      const tilt = degrees === 0 ? '' : 'tilted by a few degrees';
      return {
        how: [symmetry.name, tilt].filter(Boolean).join(', '),
        view: symmetry.transposed
          ? viewOf(seen, 1 / ratio, { width: share.height, height: share.width })
          : viewOf(seen, ratio, share),
      };
    };
    return {
      whole: { ratio, share, sums: summed(picture, SMALL_SIDE), hashes: new Map() },
      upright: upright.map((symmetry) => lookOf(symmetry)),
      turned: [
        ...rightAngles.map((symmetry) => lookOf(symmetry)),
        ...TILTS.flatMap((degrees) => upright.map((symmetry) => lookOf(symmetry, degrees))),
      ],
    };
  });
}
