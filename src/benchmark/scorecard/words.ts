import { noInterval } from '../conclusions.js';
import type { MeasuredRow, RunSummary } from './run-summary.js';

export const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;
const number = (value: number) => value.toFixed(2);

/** What the model of a run does, and how well. */
export function modelWords({ task, classes, test }: Pick<RunSummary, 'task' | 'classes' | 'test'>): string {
  const { errors, found, accuracy, accuracyLow, accuracyHigh, auroc } = test;
  if (errors)
    return [
      `For one model that predicts ${classes.join(', ')} (${task}). On ${test.test} test images its mean absolute error is ${errors.mae.toPrecision(3)}`,
      `(${errors.usual.toPrecision(3)} for one that always gives the training mean${errors.r2 === null ? '' : `; R2 ${number(errors.r2)}`}).`,
    ].join(' ');
  const range =
    accuracyLow === null || accuracyHigh === null
      ? []
      : [`${percent(accuracyLow)} to ${percent(accuracyHigh)}`];
  const share = accuracy === null ? 'an unknown share' : percent(accuracy);
  if (found)
    return `For one model that marks findings (${task}). It finds those of ${share} of ${test.annotated} annotated test images (${[...range, found.means].join('; ')}).`;
  const details = [...range, ...(auroc === null ? [] : [`AUROC ${number(auroc)}`])];
  const brackets = details.length === 0 ? '' : ` (${details.join(', ')})`;
  return `For one model that tells ${classes.join(' from ')} (${task}). It answers ${share} of ${test.test} test images right${brackets}.`;
}

/** A score in words, from its mean and the limits of its interval. */
type Words = (mean: string, low: string, high: string) => string;

/** What scores between 0 and 1 mean in percent, for a reader who knows images and not metrics. */
const inPercent: Readonly<Record<string, Words>> = {
  'relevance-rank': (mean, low, high) =>
    `Of the strongest pixels of the map, as many as the finding covers, ${mean} lie on the finding (${low} to ${high}).`,
  'pointing-game': (mean, low, high) =>
    `In ${mean} of the images the strongest point of the map lies on the finding (${low} to ${high}).`,
  'hit-rate': (mean, low, high) =>
    `In ${mean} of the images the strongest point of the map lies on the finding (${low} to ${high}).`,
  'energy-pointing-game': (mean, low, high) =>
    `Of all that the map marks in favour of the diagnosis, ${mean} lies on the finding (${low} to ${high}).`,
  deletion: (mean, low, high) =>
    `While the pixels that the map calls important are taken away first, the model's certainty averages ${mean} (${low} to ${high}); lower means that they mattered.`,
  insertion: (mean, low, high) =>
    `While the pixels that the map calls important are put back first, the model's certainty averages ${mean} (${low} to ${high}); higher means that they suffice.`,
};

const asNumber: Readonly<Record<string, Words>> = {
  'iou-otsu': (mean, low, high) =>
    `The area that stands out in the map overlaps the finding by ${mean} (${low} to ${high}; 1 is the same area).`,
  'iou-top-area': (mean, low, high) =>
    `The strongest pixels, as many as the finding covers, overlap it by ${mean} (${low} to ${high}; 1 is the same area).`,
  'average-precision': (mean, low, high) =>
    `Ranked by the map, pixels of the finding come before others with a precision of ${mean} (${low} to ${high}; 1 is all before).`,
};

/** A score as a sentence; of a metric without words of its own, what it computes. */
export function sentenceOf(row: MeasuredRow, doc: string): string {
  const { metric, mean, low, high, direction } = row;
  if (mean === null) return `${metric} is undefined for all images.`;
  if (low === null || high === null) {
    const bare = sentenceOf({ ...row, low: mean, high: mean }, doc);
    const ends = metric in inPercent ? percent(mean) : number(mean);
    return bare.replace(`${ends} to ${ends}`, noInterval);
  }
  const own = inPercent[metric]?.(percent(mean), percent(low), percent(high));
  if (own !== undefined) return own;
  const [a, b, c] = [number(mean), number(low), number(high)];
  const better = direction === 'none' ? '' : `; ${direction} is better`;
  const [first] = doc.split(/(?<=\.)\s|: /);
  return (
    asNumber[metric]?.(a, b, c) ??
    `${metric} is ${a} (${b} to ${c}${better}). It is this: ${first!.replace(/\.?$/, '.')}`
  );
}

/** The same score of maps that know nothing of the model, to compare with. */
export function besides(
  { metric }: MeasuredRow,
  best: MeasuredRow | undefined,
  random: MeasuredRow | undefined,
): string {
  const shown = (row: MeasuredRow | undefined) =>
    row?.mean == null ? undefined : metric in inPercent ? percent(row.mean) : number(row.mean);
  const [bestShown, randomShown] = [shown(best), shown(random)];
  const parts = [
    ...(randomShown === undefined ? [] : [`random maps get ${randomShown}`]),
    ...(bestShown === undefined || best!.method === random?.method
      ? []
      : [`the best map that does not know the model (${best!.method}) ${bestShown}`]),
  ];
  return parts.length === 0 ? '' : ` To compare: ${parts.join(', ')}.`;
}
