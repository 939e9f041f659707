import {
  HASH_SIDE,
  hammingDistance,
  INVERTIBLE,
  type PerceptualHash,
  perceptualHash,
} from '../../prepare/pictures/hash.js';
import { localContrast } from '../../prepare/pictures/local-contrast.js';
import { type Part, partOf, summed } from '../../prepare/pictures/part.js';
import { type Print, SMALL_SIDE } from '../../prepare/pictures/print.js';
import { symmetries, turned } from '../../prepare/pictures/symmetries.js';
import { tilted } from '../../prepare/pictures/tilt.js';
import { typical } from './typical.js';

/** A picture, or its part within bare edges, as others are compared with it. */
export interface Form {
  readonly hash: PerceptualHash;
  readonly structure: Int8Array;
  /** How the picture looks mirrored, turned or tilted. */
  readonly views: readonly View[];
}

interface View {
  readonly how: string;
  readonly hash: PerceptualHash;
  readonly structure: () => Int8Array;
}

const SIDE = 64;
/** Tilts in degrees that are tried; a picture tilted by one degree is like itself. */
const TILTS = [0, -2, 2, -4, 4];
/** From this share of its area on, a picture has no bare edges. */
const BARE = 0.98;
const ALL: Part = { x: 0, y: 0, width: 1, height: 1 };

/** A picture as it is, and within its bare edges where it has some. */
export const formsOf = (print: Print): readonly Form[] =>
  (print.part.width * print.part.height < BARE ? [ALL, print.part] : [ALL]).map((part) =>
    formOf(print, part),
  );

function formOf({ small, width, height }: Print, part: Part): Form {
  const shown = partOf(summed(small, SMALL_SIDE), part, SMALL_SIDE);
  const ratio = (width * part.width) / (height * part.height);
  const views = TILTS.flatMap((degrees) => {
    const all = summed(degrees === 0 ? shown : tilted(shown, SMALL_SIDE, ratio, degrees), SMALL_SIDE);
    const rough = partOf(all, ALL, HASH_SIDE);
    let made: Int8Array | undefined;
    const upright = () => {
      made ??= localContrast(partOf(all, ALL, SIDE), SIDE);
      return made;
    };
    return symmetries.map((symmetry) => ({
      how: [symmetry.name, degrees === 0 ? '' : 'tilted by a few degrees'].filter(Boolean).join(', '),
      hash: perceptualHash(turned(rough, HASH_SIDE, symmetry)),
      structure: () => turned(upright(), SIDE, symmetry),
    }));
  });
  return { hash: views[0]!.hash, structure: views[0]!.structure(), views };
}

export interface Likeness {
  readonly score: number;
  readonly how: string;
}

/** So many views whose hashes are nearest are compared. */
const CANDIDATES = 4;

/**
 * The best likeness, from -1 to 1, of a picture and those views of another whose hashes are near, and the
 * other way round: what lies beyond the edges of a tilted picture is not known.
 */
export function likenessOf(one: readonly Form[], other: readonly Form[], bits: number): Likeness | undefined {
  return [...nearest(one, other, bits), ...nearest(other, one, bits)]
    .sort((a, b) => a.far - b.far)
    .slice(0, CANDIDATES)
    .map(({ how, own, structure, isInverted }) => ({
      score: typical(own, isInverted ? structure().map((value) => -value) : structure(), SIDE),
      how: [how, isInverted ? 'inverted' : ''].filter(Boolean).join(', '),
    }))
    .sort((a, b) => b.score - a.score)[0];
}

/** A view of a picture beside what it is compared with, and in how many bits their hashes differ. */
interface Candidate extends View {
  readonly own: Int8Array;
  readonly far: number;
  readonly isInverted: boolean;
}

const nearest = (one: readonly Form[], other: readonly Form[], bits: number): Candidate[] =>
  one.flatMap(({ hash, structure: own }) =>
    other.flatMap(({ views }) =>
      views.flatMap((view) => {
        const distance = hammingDistance(hash, view.hash);
        const isInverted = 2 * distance > INVERTIBLE;
        const far = isInverted ? INVERTIBLE - distance : distance;
        return far <= bits ? [{ ...view, own, far, isInverted }] : [];
      }),
    ),
  );
