import { integer, number } from '../../../base/options.js';
import { checkpoint } from '../../../base/run.js';
import { correlation } from '../../prepare/pictures/detail.js';
import { hammingDistance } from '../../prepare/pictures/hash.js';
import { check, refOf } from './check.js';
import { gravityOf, ranked } from './pairs.js';

export const near = check({
  name: 'near-duplicates',
  doc: 'Pairs of nearly equal images: rescaled, recompressed, brighter or darker. Candidates by perceptual hash, confirmed by the correlation of fine structure. Images without content are ignored.',
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
      for (let i = 0; i < index; i++) {
        const a = items[i]!;
        if (!a.print?.hasContent || hammingDistance(a.print.hash, b.print.hash) > options.bits) continue;
        if (a.print.pixels === b.print.pixels) continue;
        const score = correlation(a.print.detail, b.print.detail);
        if (score < options.correlation) continue;
        const { severity, across, rank } = gravityOf(a, b);
        const message = `nearly the same picture twice ${across}`;
        found.push({ rank, severity, message, images: [refOf(a), refOf(b)], score });
      }
    }
    return ranked(found);
  },
});
