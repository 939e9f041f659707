import type { Task } from '../data/sample.js';
import { areaUnderRoc, argmax, margin } from '../model/training/quality.js';
import type { Interval } from '../statistics/bootstrap.js';
import { byPatient } from '../statistics/patients.js';
import { proportionInterval, wilson } from '../statistics/proportion.js';
import { averageRanks } from '../tensor/rank.js';
import type { Tensor } from '../tensor/tensor.js';

/** How sure the classifier's test accuracy and AUROC are, and whether chance explains them. */
export interface TestQuality {
  /** Share of right test images, or of right image-class pairs, with its 95 % interval. */
  readonly accuracy: Interval;
  /** Area under the ROC curve with its 95 % interval; `undefined` where a class does not occur. */
  readonly auroc?: Interval;
  /** Classes that the mean AUROC leaves out: no test image, or every one, shows them; absent where none. */
  readonly unranked?: readonly string[];
  /** Share that the commonest answer alone gets right. */
  readonly majority: number;
  /** Why the classifier is taken to be at chance; `undefined` where it is not. */
  readonly chance?: string;
}

/** The quality of logits `[N, K]` for the test images; patients may have several images. */
export function testQuality(
  logits: Tensor,
  { test, classes, multiLabel }: Pick<Task, 'test' | 'classes' | 'multiLabel'>,
): TestQuality {
  const outputs = test.map((_, n) => [...logits.data.subarray(n * classes.length, (n + 1) * classes.length)]);
  const holds = classes.map((_, k) => test.map(({ labels }) => labels.includes(k)));
  const accuracy = proportionInterval(
    test.flatMap(({ patient, labels }, n) => {
      const row = outputs[n]!;
      const right = multiLabel
        ? row.map((output, k) => output > 0 === holds[k]![n]!)
        : [argmax(row) === labels[0]];
      return right.map((one) => ({ patient, value: one ? 1 : 0 }));
    }),
  );
  const parts = holds.map((own) => own.filter(Boolean).length / test.length);
  const majority = multiLabel
    ? parts.reduce((sum, part) => sum + Math.max(part, 1 - part), 0) / parts.length
    : Math.max(...parts);
  const ranked = !multiLabel && classes.length === 2 ? [1] : classes.map((_, k) => k);
  const curves = ranked.filter((k) => holds[k]!.includes(true) && holds[k]!.includes(false));
  const scores = (k: number) => outputs.map((row) => (multiLabel ? row[k]! : margin(row, k)));
  const auroc =
    curves.length === 0
      ? undefined
      : aurocInterval(
          curves.map((k) => ({ scores: scores(k), positive: holds[k]! })),
          test,
        );
  const chance = chanceOf(accuracy, majority, auroc);
  const unranked = ranked.flatMap((k) => (curves.includes(k) ? [] : [classes[k]!]));
  const isPart = curves.length > 0 && unranked.length > 0;
  return {
    accuracy,
    ...(auroc && { auroc }),
    ...(isPart && { unranked }),
    majority,
    ...(chance !== undefined && { chance }),
  };
}

/** A class's score and truth for each image. */
interface Ranking {
  readonly scores: readonly number[];
  readonly positive: readonly boolean[];
}

/**
 * The mean area under classes' ROC curves with Wilson's 95 % interval, for the number of images that has the
 * variance of DeLong et al. 1988 (doi:10.2307/2531595), by patients (Obuchowski 1997, doi:10.2307/2533958).
 */
export function aurocInterval(rankings: readonly Ranking[], images: Images): Interval {
  const influence = rankings.map((ranking) => influenceOf(ranking, images));
  const areas = rankings.map(({ scores, positive }) => areaUnderRoc(scores, positive));
  const area = areas.reduce((a, b) => a + b, 0) / areas.length;
  const patients = byPatient(
    images.map(({ patient }, n) => ({
      patient,
      value: influence.reduce((sum, own) => sum + own[n]!, 0) / rankings.length,
    })),
  );
  const smaller = Math.min(
    ...rankings.flatMap(({ positive }) => [true, false].map((is) => patientsOf(positive, is, images))),
  );
  const variance = patients.reduce((sum, own) => sum + own.sum ** 2, 0);
  if (smaller < 2 || variance < 1e-12) return wilson(area, smaller);
  return wilson(area, (area * (1 - area)) / variance);
}

type Images = readonly { readonly patient: string }[];

/** The number of patients with images of one answer. */
const patientsOf = (positive: readonly boolean[], is: boolean, images: Images) =>
  new Set(images.filter((_, n) => positive[n] === is).map(({ patient }) => patient)).size;

/** By how much each image moves the area: its share of rightly ordered pairs, less the area. */
function influenceOf({ scores, positive }: Ranking, images: Images): number[] {
  const area = areaUnderRoc(scores, positive);
  const all = averageRanks(scores);
  const own = [true, false].map((wanted) => {
    const at = positive.flatMap((is, n) => (is === wanted ? [n] : []));
    const ranks = averageRanks(at.map((n) => scores[n]!));
    return new Map(at.map((n, i) => [n, ranks[i]!]));
  });
  const counts = own.map(({ size }) => size);
  // As of any variance of few values, which are off their own mean by less than off the true one.
  const unbiased = [true, false].map((is) => {
    const patients = patientsOf(positive, is, images);
    return Math.sqrt(patients / Math.max(1, patients - 1));
  });
  return scores.map((_, n) => {
    const [mine, other] = positive[n] ? [0, 1] : [1, 0];
    const below = (all[n]! - own[mine]!.get(n)!) / counts[other]!;
    return (unbiased[mine]! * ((positive[n] ? below : 1 - below) - area)) / counts[mine]!;
  });
}

function chanceOf(accuracy: Interval, majority: number, auroc: Interval | undefined): string | undefined {
  const said = (auroc: Interval) =>
    `the AUROC is ${auroc.mean.toFixed(3)} (${auroc.low.toFixed(3)} to ${auroc.high.toFixed(3)})`;
  if (auroc !== undefined && auroc.high < 0.5)
    return `${said(auroc)}, below chance (0.5), as where the outputs stand for the classes in another order, or for their opposites`;
  const guess = auroc !== undefined && auroc.low <= 0.5;
  const common = accuracy.mean <= majority + 1e-12;
  if (!guess && !common) return undefined;
  return [
    ...(guess ? [`${said(auroc)}, which chance reaches (0.5)`] : []),
    ...(common
      ? [
          `the accuracy of ${percent(accuracy.mean)} is not above the ${percent(majority)} of always giving the commonest answer`,
        ]
      : []),
    ...(common && !guess && auroc ? [`though ${said(auroc)}, above chance`] : []),
  ].join('; ');
}

const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
