import { integer, number } from '../../../base/options.js';
import { checkpoint } from '../../../base/run.js';
import { averaged } from '../../prepare/pictures/area.js';
import { correlation, DETAIL_SIDE, type Detail, detailOf } from '../../prepare/pictures/detail.js';
import {
  HASH_SIDE,
  hammingDistance,
  type PerceptualHash,
  perceptualHash,
} from '../../prepare/pictures/hash.js';
import { type Print, SMALL_SIDE } from '../../prepare/pictures/print.js';
import { symmetries, turned } from '../../prepare/pictures/symmetries.js';
import { check, refOf } from './check.js';
import { evenly } from './evenly.js';
import { gravityOf, ranked } from './pairs.js';
import { typical } from './typical.js';

export const near = check({
  name: 'near-duplicates',
  doc: 'Pairs of nearly equal images: rescaled, recompressed, of other brightness, contrast or gamma, with a label on them, mirrored, turned by right angles or inverted. Candidates by perceptual hash, confirmed by the correlation of fine structure. Images without content are ignored.',
  options: {
    bits: integer({
      doc: 'Maximum number of differing bits, of 64, in the hashes of candidates.',
      min: 0,
      max: 32,
      default: 10,
    }),
    correlation: number({
      doc: 'Minimum correlation that confirms a candidate.',
      min: 0,
      max: 1,
      default: 0.985,
    }),
  },
  needsPixels: true,
  async look({ pictures: items }, options, _random, run) {
    const found: Parameters<typeof ranked>[0][number][] = [];
    const forms: (readonly Form[])[] = [];
    for (const [index, b] of items.entries()) {
      if (index % 256 === 0) await checkpoint(run);
      if (!b.print?.hasContent) continue;
      const own = formsOf(b.print);
      forms[index] = own;
      for (let i = 0; i < index; i++) {
        const a = items[i]!;
        if (!a.print?.hasContent || a.print.pixels === b.print.pixels) continue;
        const likeness = likenessOf(forms[i]!, own, options.bits);
        if (likeness === undefined || likeness.score < options.correlation) continue;
        const { severity, across, rank } = gravityOf(a, b);
        const message = `nearly the same picture twice ${across}${likeness.how}`;
        found.push({ rank, severity, message, images: [refOf(a), refOf(b)], score: likeness.score });
      }
    }
    return ranked(found);
  },
});

/** A picture under a symmetry of the square. */
interface View {
  readonly how: string;
  readonly hash: PerceptualHash;
  readonly detail: () => Detail;
}

/** A picture as it is, or with its intensities spread evenly. */
interface Form {
  readonly hash: PerceptualHash;
  readonly detail: Detail;
  readonly views: readonly View[];
  readonly isEven: boolean;
}

function formsOf({ hash, turned: hashes = [], detail, small }: Print): readonly Form[] {
  const plain = { hash, detail, views: viewsOf([hash, ...hashes], detail), isEven: false };
  if (small === undefined) return [plain];
  const values = evenly(small);
  const size = { width: SMALL_SIDE, height: SMALL_SIDE };
  const raster = { values, ...size, originalWidth: SMALL_SIDE, originalHeight: SMALL_SIDE };
  const [rough, fine] = [averaged(raster, HASH_SIDE), detailOf(averaged(raster, DETAIL_SIDE))];
  const own = symmetries.map((symmetry) => perceptualHash(turned(rough, HASH_SIDE, symmetry)));
  return [plain, { hash: own[0]!, detail: fine, views: viewsOf(own, fine), isEven: true }];
}

function viewsOf(hashes: readonly PerceptualHash[], detail: Detail): readonly View[] {
  return hashes.map((hash, k) => {
    let made: Detail | undefined;
    return {
      how: symmetries[k]!.name,
      hash,
      detail: () => {
        made ??= { ...detail, values: turned(detail.values, DETAIL_SIDE, symmetries[k]!) };
        return made;
      },
    };
  });
}

/** Bits of a hash that an inverted picture has the other way round: all but that of the mean. */
const INVERTIBLE = 63;

interface Likeness {
  readonly score: number;
  readonly how: string;
}

/** The best correlation of a picture with those views of another whose hashes are near, and what they are. */
function likenessOf(a: readonly Form[], b: readonly Form[], bits: number): Likeness | undefined {
  let best: Likeness | undefined;
  for (const [k, { hash, detail, isEven }] of a.entries()) {
    for (const view of b[k]?.views ?? []) {
      // A label that covers a part changes more of a hash, and where it covers none all is alike.
      const most = isEven ? 2 * bits : bits;
      const distance = hammingDistance(hash, view.hash);
      const isInverted = INVERTIBLE - distance <= most;
      if (distance > most && !isInverted) continue;
      const own = isInverted ? inverted(view.detail()) : view.detail();
      const all = correlation(detail, own);
      const score = isEven ? Math.max(all, typical(detail.values, own.values, DETAIL_SIDE)) : all;
      if (best !== undefined && score <= best.score) continue;
      const changes = [view.how, isInverted ? 'inverted' : ''].filter((change) => change !== '');
      best = { score, how: changes.map((change) => `, ${change}`).join('') };
    }
  }
  return best;
}

const inverted = ({ values, norm }: Detail): Detail => ({ values: values.map((value) => -value), norm });
