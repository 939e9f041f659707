import { groupBy } from '../../../base/groups.js';
import type { Random } from '../../../base/random.js';
import { checkpoint, type RunContext } from '../../../base/run.js';
import { isNothing } from '../../formats/nothing.js';
import type { Item } from './audited.js';
import { type Finding, refOf } from './check.js';
import type { Fingerprint } from './fingerprint.js';
import { aurocOf, chanceOfAuroc, intervalOf, type Observed } from './separation.js';

interface Limits {
  readonly auroc: number;
  readonly significance: number;
  readonly shuffles: number;
}

/** Classes of a data set that the mean intensity of an image tells from the others. */
export async function toldByBrightness(
  name: string,
  seen: readonly Item[],
  { auroc, significance, shuffles }: Limits,
  random: Random,
  run: RunContext,
): Promise<readonly Omit<Finding, 'check'>[]> {
  const items = seen.filter(({ classes }) => classes !== undefined);
  const means = items.map(({ print }) => meanOf(print!));
  const found: Omit<Finding, 'check'>[] = [];
  for (const label of separateClasses(items)) {
    await checkpoint(run);
    const all = items.map(({ classes, record }, i): Observed => {
      const { patient, site } = record;
      return { value: means[i]!, isIn: classes!.includes(label), patient, site };
    });
    const area = aurocOf(all);
    const apart = Math.max(area, 1 - area);
    if (!(apart >= auroc)) continue;
    if (chanceOfAuroc(all, shuffles, random.fork(`${name}/class/${label}`)) > significance) continue;
    const unit = items[0]!.unit ?? 'image';
    const [low, high] = intervalOf(apart, all);
    const [own, others] = [true, false].map((isIn) => meanIn(all, isIn).toFixed(0));
    found.push({
      // A finding fills much of a tile, and may be bright itself.
      severity: unit === 'image' ? 'warning' : 'note',
      message: `the ${unit}s of ${name} with '${label}' (${all.filter(({ isIn }) => isIn).length} of ${all.length}) can be told from the others by mean intensity alone: AUROC ${apart.toFixed(2)} (95 % interval ${low.toFixed(2)} to ${high.toFixed(2)}), on average ${own} against ${others} of 255; a shortcut, unless the finding itself makes them ${area > 0.5 ? 'brighter' : 'darker'}${ofSites(all, area > 0.5)}`,
      images: items
        .filter((_, i) => all[i]!.isIn)
        .slice(0, 3)
        .map((item) => refOf(item)),
      score: apart,
    });
  }
  return found;
}

/** The classes, without one that only says that others are not there. */
function separateClasses(items: readonly Item[]): readonly string[] {
  const names = [...new Set(items.flatMap(({ classes }) => classes!))].sort();
  const isBare = (name: string) => isNothing(name) || names.some((other) => name === `no ${other}`);
  const ordered = [...names.filter((name) => !isBare(name)), ...names.filter(isBare)];
  const parts = new Set<string>();
  return ordered.filter((name) => {
    const own = items.map(({ classes }) => (classes!.includes(name) ? 1 : 0));
    const [part, rest] = [own.join(''), own.map((value) => 1 - value).join('')];
    const isNew = !parts.has(part) && !parts.has(rest);
    parts.add(part);
    return isNew;
  });
}

/** What the sites of the images say of a difference between classes. */
function ofSites(all: readonly Observed[], isBrighter: boolean): string {
  const sites = [...groupBy(all, ({ site }) => site)].filter(([site]) => site !== undefined);
  if (sites.length < 2) return '';
  const both = sites.map(([, own]) => own).filter((own) => new Set(own.map(({ isIn }) => isIn)).size > 1);
  if (both.length === 0) return '. Each site has images of one class alone: it may be the site that is told';
  const [sum, pairs] = both.reduce(
    ([sum, pairs], own) => {
      const inside = own.filter(({ isIn }) => isIn).length;
      const count = inside * (own.length - inside);
      return [sum + count * aurocOf(own), pairs + count] as const;
    },
    [0, 0] as readonly [number, number],
  );
  const within = isBrighter ? sum / pairs : 1 - sum / pairs;
  return `. Within sites: AUROC ${within.toFixed(2)}`;
}

/** The mean intensity of an image, from 0 to 255, by the middles of its histogram's bins. */
const meanOf = ({ histogram }: Fingerprint): number =>
  histogram.reduce((sum, share, bin) => sum + share * (4 * bin + 1.5), 0);

function meanIn(all: readonly Observed[], isIn: boolean): number {
  const own = all.filter((one) => one.isIn === isIn);
  return own.reduce((sum, { value }) => sum + value, 0) / own.length;
}
