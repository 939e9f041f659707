import { integer, number } from '../../../base/options.js';
import { checkpoint } from '../../../base/run.js';
import { correlation, DETAIL_SIDE, type Detail } from '../../prepare/pictures/detail.js';
import { hammingDistance, type PerceptualHash } from '../../prepare/pictures/hash.js';
import type { Print } from '../../prepare/pictures/print.js';
import { symmetries, turned } from '../../prepare/pictures/symmetries.js';
import { check, refOf } from './check.js';
import { gravityOf, ranked } from './pairs.js';

export const near = check({
  name: 'near-duplicates',
  doc: 'Pairs of nearly equal images: rescaled, recompressed, brighter or darker, mirrored, turned by right angles or inverted. Candidates by perceptual hash, confirmed by the correlation of fine structure. Images without content are ignored.',
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
    for (const [index, b] of items.entries()) {
      if (index % 256 === 0) await checkpoint(run);
      if (!b.print?.hasContent) continue;
      const views = viewsOf(b.print);
      for (let i = 0; i < index; i++) {
        const a = items[i]!;
        if (!a.print?.hasContent || a.print.pixels === b.print.pixels) continue;
        const likeness = likenessOf(a.print, views, options.bits);
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

function viewsOf({ hash, turned: hashes = [], detail }: Print): readonly View[] {
  return [hash, ...hashes].map((own, k) => {
    let made: Detail | undefined;
    return {
      how: symmetries[k]!.name,
      hash: own,
      detail: () => {
        made ??= { ...detail, values: turned(detail.values, DETAIL_SIDE, symmetries[k]!) };
        return made;
      },
    };
  });
}

/** Bits of a hash that an inverted picture has the other way round: all but that of the mean. */
const INVERTIBLE = 63;

/** The best correlation of a picture with those views of another whose hashes are near, and what they are. */
function likenessOf(
  { hash, detail }: Print,
  views: readonly View[],
  bits: number,
): { readonly score: number; readonly how: string } | undefined {
  let best: { score: number; how: string } | undefined;
  for (const view of views) {
    const distance = hammingDistance(hash, view.hash);
    const isInverted = INVERTIBLE - distance <= bits;
    if (distance > bits && !isInverted) continue;
    const score = (isInverted ? -1 : 1) * correlation(detail, view.detail());
    if (best !== undefined && score <= best.score) continue;
    const changes = [view.how, isInverted ? 'inverted' : ''].filter((change) => change !== '');
    best = { score, how: changes.map((change) => `, ${change}`).join('') };
  }
  return best;
}
