import { type BesideBare, besideBare } from '../../prepare/pictures/beside-bare.js';
import { hasDetail } from '../../prepare/pictures/detail.js';
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
import { isUnlike, typical } from './typical.js';
import { likenessWithin } from './within-outline.js';

/** Local contrast, and which pixels of it depend on bare places. */
interface Structure {
  readonly picture: () => Float32Array;
  readonly values: Int8Array;
  readonly besideBare: BesideBare;
}

/** A picture, its part within bare edges, or one of several on it, as others are compared with it. */
export interface Form {
  readonly isPanel: boolean;
  readonly hash: PerceptualHash;
  readonly structure: Structure;
  /** How the picture looks mirrored, turned or tilted. */
  readonly views: readonly View[];
}

interface View {
  readonly how: string;
  readonly hash: PerceptualHash;
  readonly structure: () => Structure;
}

const SIDE = 64;
/** Tilts in degrees that are tried; a picture tilted by one degree is like itself. */
const TILTS = [0, -2, 2, -4, 4];
/** From this share of its area on, a picture has no bare edges. */
const BARE = 0.98;
const ALL: Part = { x: 0, y: 0, width: 1, height: 1 };

/** A picture as it is, within its bare edges where it has some, and each of several on it that has detail. */
export function formsOf(print: Print, tilts = TILTS): readonly Form[] {
  const { part, panels = [], small } = print;
  const whole = part.width * part.height < BARE ? [ALL, part] : [ALL];
  return [
    ...whole.map((share) => ({ ...formOf(print, share, tilts), isPanel: false })),
    ...panels
      .filter((panel) => hasDetail({ small, part: panel }))
      .map((panel) => ({ ...formOf(print, panel, tilts), isPanel: true })),
  ];
}

function formOf(
  { small, width, height }: Print,
  part: Part,
  tilts: readonly number[],
): Omit<Form, 'isPanel'> {
  const shown = partOf(summed(small, SMALL_SIDE), part, SMALL_SIDE);
  const ratio = (width * part.width) / (height * part.height);
  const views = tilts.flatMap((degrees) => {
    const all = summed(degrees === 0 ? shown : tilted(shown, SMALL_SIDE, ratio, degrees), SMALL_SIDE);
    const rough = partOf(all, ALL, HASH_SIDE);
    let made: Structure | undefined;
    const upright = () => {
      made ??= structureOf(() => partOf(all, ALL, SIDE));
      return made;
    };
    return symmetries.map((symmetry) => ({
      how: [symmetry.name, degrees === 0 ? '' : 'tilted by a few degrees'].filter(Boolean).join(', '),
      hash: perceptualHash(turned(rough, HASH_SIDE, symmetry)),
      structure: () =>
        symmetry.name === ''
          ? upright()
          : {
              picture: () => turned(upright().picture(), SIDE, symmetry),
              values: turned(upright().values, SIDE, symmetry),
              besideBare: {
                any: turned(upright().besideBare.any, SIDE, symmetry),
                many: turned(upright().besideBare.many, SIDE, symmetry),
              },
            },
    }));
  });
  return { hash: views[0]!.hash, structure: views[0]!.structure(), views };
}

const structureOf = (picture: () => Float32Array): Structure => {
  const seen = picture();
  return { picture, values: localContrast(seen, SIDE), besideBare: besideBare(seen, SIDE) };
};

export interface Likeness {
  readonly score: number;
  readonly how: string;
}

/** So many views whose hashes are nearest are compared. */
const CANDIDATES = 4;

/**
 * The best likeness, from -1 to 1, of a picture and another as they are, where neither may be covered, and of
 * those of its views whose hashes are near, and the other way round: what lies beyond the edges of a tilted
 * picture is not known.
 */
export function likenessOf(one: readonly Form[], other: readonly Form[], bits: number): Likeness {
  const near = [...nearest(one, other, bits), ...nearest(other, one, bits)]
    .sort((a, b) => a.far - b.far)
    .slice(0, CANDIDATES);
  return [asTheyAre(one[0]!, other[0]!), ...near.map(ofCandidate)].reduce((best, likeness) =>
    likeness.score > best.score ? likeness : best,
  );
}

/** Pictures that are less alike, in every fourth row or wherever neither is bare, are no pair. */
const HOPEFUL = 0.7;
/** Pictures that are less alike within the edges of what both show are different ones in one frame. */
const FRAMED = 0.76;

function asTheyAre(one: Form, other: Form): Likeness {
  const sign = 2 * hammingDistance(one.hash, other.hash) > INVERTIBLE ? -1 : 1;
  const rough = uncovered(one.structure, other.structure, 'many', { every: 4, sign });
  const score =
    rough < HOPEFUL
      ? rough
      : Math.max(...covers.map((by) => uncovered(one.structure, other.structure, by, { sign })));
  return { score: confirmed(score, one.structure, other.structure, sign), how: sign < 0 ? 'inverted' : '' };
}

function ofCandidate({ how, own, structure, isInverted }: Candidate): Likeness {
  const [one, other, sign] = [own, structure(), isInverted ? -1 : 1] as const;
  const whole = (every = 1) =>
    typical({ values: one.values }, { values: other.values }, SIDE, { every, sign });
  const said = [how, isInverted ? 'inverted' : ''].filter(Boolean).join(', ');
  const rough = Math.max(uncovered(one, other, 'many', { every: 4, sign }), whole(4));
  if (rough < HOPEFUL) return { score: rough, how: said };
  const scores = covers.map((by) => uncovered(one, other, by, { sign }));
  // What frames pictures, such as the window of a viewer, is the same around different ones.
  const isFrame = isUnlike(uncover(one, 'many'), uncover(other, 'many'), SIDE, FRAMED, { sign });
  const score = Math.max(...scores, ...(isFrame ? [] : [whole()]));
  return { score: confirmed(score, one, other, sign), how: said };
}

/** Pictures that are less alike within their common outline, in all of it, only share the outline. */
const WITHIN = 0.82;

function confirmed(score: number, one: Structure, other: Structure, sign: 1 | -1): number {
  if (score < WITHIN) return score;
  const within = likenessWithin(one.picture(), other.picture(), SIDE);
  return within === undefined || sign * within >= WITHIN ? score : sign * within;
}

/** Bars, shutters and saturation cover parts of a picture, and change those beside them. */
const covers = ['any', 'many'] as const;
type Cover = (typeof covers)[number];
const uncover = ({ values, besideBare }: Structure, by: Cover) => ({ values, besideBare: besideBare[by] });
const uncovered = (
  one: Structure,
  other: Structure,
  by: Cover,
  options: { readonly every?: number; readonly sign: 1 | -1 },
) => typical(uncover(one, by), uncover(other, by), SIDE, options);

/** A view of a picture beside what it is compared with, and in how many bits their hashes differ. */
interface Candidate extends View {
  readonly own: Structure;
  readonly far: number;
  readonly isInverted: boolean;
}

const NONE: readonly never[] = [];

const nearest = (one: readonly Form[], other: readonly Form[], bits: number): Candidate[] =>
  one.flatMap(({ hash, structure: own, isPanel }) =>
    other.flatMap((form) =>
      form.views.flatMap((view) => {
        const distance = hammingDistance(hash, view.hash);
        const isInverted = 2 * distance > INVERTIBLE;
        const far = isInverted ? INVERTIBLE - distance : distance;
        if (far > bits) return NONE;
        const how = [isPanel || form.isPanel ? 'as one of several on it' : '', view.how];
        return { ...view, how: how.filter(Boolean).join(', '), own, far, isInverted };
      }),
    ),
  );
