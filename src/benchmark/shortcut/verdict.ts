import { groupBy } from '../../base/groups.js';
import { counted } from '../../base/names.js';
import { clusterBootstrap, type Interval } from '../../statistics/bootstrap.js';
import { holm } from '../../statistics/corrections.js';
import { signFlipTest } from '../../statistics/sign-flip.js';

/** How far a method's maps of one image point at the marker's place; null where that is undefined. */
export interface Pointing {
  readonly patient: string;
  /** By the model with the shortcut, and by the one without: of the image with the marker, and without it. */
  readonly shortcutMarked: number | null;
  readonly shortcutPlain: number | null;
  readonly innocentMarked: number | null;
  readonly innocentPlain: number | null;
  /** Why one of them is undefined. */
  readonly reason?: string;
}

/** What the models make of the marker, which methods are asked to show. */
export interface Used {
  /** Whether the model with the shortcut uses it. */
  readonly learned: boolean;
  /** Whether the other model does not. */
  readonly innocent: boolean;
}

export const shortcutVerdicts = ['reveals', 'silent', 'accuses', 'both', 'undefined'] as const;

/**
 * `reveals`: points at the marker only where the model uses it; `silent`: does not where it is used;
 * `accuses`: points at it where it is not used; `both`: points at it anywhere, and more where it is used;
 * `undefined`: no image has all four scores, or the models leave open what a right map shows.
 */
export type ShortcutVerdict = (typeof shortcutVerdicts)[number];

/** What a method says of the marker. */
export interface Judged {
  /** Mean AUROC of the marker's pixels: 1 is relevance on the marker alone, 0.5 is chance. */
  readonly shortcutMarked: Interval;
  readonly shortcutPlain: Interval;
  readonly innocentMarked: Interval;
  readonly innocentPlain: Interval;
  /**
   * p-values by Holm's correction over all methods that have one; NaN where no image has all four scores,
   * `revealsP` also of a shortcut that is not learned, `accusesP` of a model that is not innocent.
   */
  readonly revealsP: number;
  readonly accusesP: number;
  readonly verdict: ShortcutVerdict;
  /** Images left out, as one of their four scores is undefined. */
  readonly undefined: number;
  /** Why they are, with the number of images for each reason; empty where none is left out. */
  readonly why: string;
}

const LEVEL = 0.05;
const CHANCE = 0.5;

type Complete = { readonly [K in Exclude<keyof Pointing, 'reason'>]: NonNullable<Pointing[K]> };

/**
 * What each method says of a planted marker. It reveals the shortcut where its map points at the marker, more
 * than at the same place without it, and by more than the innocent model's map does; it accuses the innocent
 * where the map of the model that never saw the marker points at it, more than without it. Sign-flip tests of
 * patients' paired differences, at 5 % over all methods. Nothing is revealed of a shortcut that the model did
 * not learn, and nobody accused where the other model uses the marker, too.
 */
export function judge(
  methods: Readonly<Record<string, readonly Pointing[]>>,
  { learned, innocent }: Used,
): Record<string, Judged> {
  const known = Object.entries(methods).map(([method, all]) => {
    const isComplete = (one: Pointing): one is Pointing & Complete =>
      Object.values(one).every((value) => value !== null);
    const own = all.filter(isComplete);
    const difference = (of: (one: Complete) => number) =>
      own.map((one) => ({ patient: one.patient, value: of(one) }));
    const means = {
      shortcutMarked: clusterBootstrap(difference((one) => one.shortcutMarked)),
      shortcutPlain: clusterBootstrap(difference((one) => one.shortcutPlain)),
      innocentMarked: clusterBootstrap(difference((one) => one.innocentMarked)),
      innocentPlain: clusterBootstrap(difference((one) => one.innocentPlain)),
    };
    const gained = difference((one) => one.shortcutMarked - one.shortcutPlain);
    const more = difference(
      (one) => one.shortcutMarked - one.shortcutPlain - (one.innocentMarked - one.innocentPlain),
    );
    const blamed = difference((one) => one.innocentMarked - one.innocentPlain);
    const { shortcutMarked: seen, shortcutPlain, innocentMarked: blame, innocentPlain } = means;
    const pointsWhereUsed = seen.mean > CHANCE && seen.mean > shortcutPlain.mean;
    const isMore = seen.mean - shortcutPlain.mean > blame.mean - innocentPlain.mean;
    return {
      method,
      means,
      undefined: all.length - own.length,
      why: whyLeftOut(all.filter((one) => !isComplete(one))),
      isJudged: own.length > 0,
      // Both differences have to be there: the greater p-value tells.
      revealsP: pointsWhereUsed && isMore ? Math.max(signFlipTest(gained), signFlipTest(more)) : 1,
      accusesP: blame.mean > CHANCE && blame.mean > innocentPlain.mean ? signFlipTest(blamed) : 1,
    };
  });
  const judged = known.filter(({ isJudged }) => isJudged);
  const reveals = holm(judged.map(({ revealsP }) => revealsP));
  const accuses = holm(judged.map(({ accusesP }) => accusesP));
  return Object.fromEntries(
    known.map((one) => {
      const { method, means, undefined: left, why } = one;
      const i = judged.indexOf(one);
      if (i < 0) {
        const none = { revealsP: Number.NaN, accusesP: Number.NaN };
        return [method, { ...means, ...none, verdict: 'undefined', undefined: left, why }];
      }
      const revealsP = learned ? reveals[i]! : Number.NaN;
      const accusesP = innocent ? accuses[i]! : Number.NaN;
      const [isRevealed, isAccused] = [revealsP < LEVEL, accusesP < LEVEL];
      const neither = learned && innocent ? 'silent' : 'undefined';
      const verdict = isAccused ? (isRevealed ? 'both' : 'accuses') : isRevealed ? 'reveals' : neither;
      return [method, { ...means, revealsP, accusesP, verdict, undefined: left, why }];
    }),
  );
}

const whyLeftOut = (left: readonly Pointing[]): string =>
  [...groupBy(left, ({ reason }) => reason ?? 'a score is undefined')]
    .map(([reason, own]) => `${reason} (${counted(own.length, 'image')})`)
    .join('; ');
