import { is } from '../graph/catalogue/index.js';
import { type Node, placeOf, sourceOf } from '../graph/graph.js';
import { leaps } from '../graph/leaps.js';
import { range } from '../graph/shapes.js';
import type { Classifier } from '../model/classifier.js';
import { onTheWay } from '../model/on-the-way.js';
import { improper, isQuantity } from '../model/probability.js';
import type { Tensor } from '../tensor/tensor.js';
import { type Compared, meanInWords } from './input/targets.js';
import type { Attribution, Part } from './method.js';

/** Maps below this value count as zero: what remains is rounding error, as behind a saturated softmax. */
const VANISHING = 1e-10;

/** Values that differ by less than this part of the greatest differ by rounding. */
const ROUNDING = 1e-6;

/** A map is flat whose values span no more than this part of the greatest magnitude. */
export const FLAT = 0.01;

/** The fraction of the expected sum of the map from which a residual counts as large. */
const MUCH = 0.5;

/** How many times greater the magnitudes of a map are than what it should sum to, where its values cancel. */
const CANCELLING = 1000;

/** The probability of the target from which the model takes a baseline for the target. */
const TAKEN = 0.8;

/** A map that would correlate less than this with the map of another seed has not converged. */
const STABLE = 0.9;

/** Indices of the samples of a batch whose maps are unreliable. */
export interface Flaws {
  /** Samples whose map is zero everywhere. */
  readonly empty: readonly number[];
  /** Samples whose map has one value everywhere, or nearly, and not zero. */
  readonly flat: readonly number[];
  /** Samples whose map contains NaN or infinity. */
  readonly infinite: readonly number[];
  /** Samples whose completeness or conservation residual is at least half of the expected sum of the map. */
  readonly unexplained: readonly number[];
  /** Samples whose values are far greater than the outputs that they share out, and cancel. */
  readonly cancelling: readonly number[];
  /** Samples for which the target's output, if not a quantity, is no greater than at their baseline. */
  readonly outdone: readonly number[];
  /** Samples whose baseline the model takes for the target, though their own output is greater. */
  readonly taken: readonly number[];
  /** Samples whose maps were drawn from too few random draws. */
  readonly unconverged: readonly number[];
}

export function flawsOf(
  {
    map,
    residual,
    compared,
    convergence,
  }: Pick<Attribution, 'map' | 'residual' | 'compared' | 'convergence'>,
  model?: Pick<Classifier, 'head' | 'asked'>,
): Flaws {
  const rows = Array.from({ length: map.shape[0]! }, (_, row) => row);
  const stats = rows.map((row) => statsOf(map, row));
  const finite = rows.filter((row) => Number.isFinite(stats[row]!.magnitude));
  const quantity = model !== undefined && isQuantity(model);
  return {
    empty: finite.filter((row) => stats[row]!.greatest < VANISHING),
    flat: finite.filter((row) => isFlat(stats[row]!)),
    infinite: rows.filter((row) => !finite.includes(row)),
    unexplained: rows.filter((row) => {
      const left = residual?.[row];
      if (left === undefined || Math.abs(left) < VANISHING) return false;
      // The expected sum is the sum of the map plus the residual.
      return Math.abs(left) >= MUCH * Math.abs(left + stats[row]!.sum);
    }),
    cancelling: finite.filter(
      (row) =>
        compared !== undefined && areCancelling(stats[row]!, [compared.baseline[row]!, compared.input[row]!]),
    ),
    outdone: rows.filter((row) => compared !== undefined && !quantity && isOutdone(compared, row)),
    taken: rows.filter((row) => isTaken(compared?.baselineProbability?.[row]) && !isOutdone(compared!, row)),
    unconverged: rows.filter((row) => convergence !== undefined && convergence[row]!.stability < STABLE),
  };
}

const isTaken = (probability = 0): boolean => probability > TAKEN && improper([probability]) === undefined;

const isOutdone = ({ input, baseline }: Compared, row: number): boolean => baseline[row]! >= input[row]!;

interface Stats {
  readonly size: number;
  /** The greatest magnitude. */
  readonly greatest: number;
  /** The greatest value less the smallest. */
  readonly span: number;
  readonly sum: number;
  /** The sum of the magnitudes. */
  readonly magnitude: number;
}

function statsOf({ data, shape }: Tensor, row: number): Stats {
  const size = data.length / shape[0]!;
  let [lowest, highest, sum, magnitude] = [Infinity, -Infinity, 0, 0];
  for (let i = row * size; i < (row + 1) * size; i++) {
    lowest = Math.min(lowest, data[i]!);
    highest = Math.max(highest, data[i]!);
    sum += data[i]!;
    magnitude += Math.abs(data[i]!);
  }
  const greatest = Math.max(Math.abs(lowest), Math.abs(highest));
  return { size, greatest, span: highest - lowest, sum, magnitude };
}

/** Whether values are far greater than the outputs that they share out. */
function areCancelling({ magnitude, sum }: Stats, outputs: readonly number[]): boolean {
  return magnitude >= CANCELLING * Math.max(...outputs.map(Math.abs), Math.abs(sum), VANISHING);
}

const isFlat = ({ size, greatest, span }: Stats): boolean =>
  size > 1 && greatest >= VANISHING && span <= FLAT * greatest;

const isLevel = ({ greatest, span }: Stats): boolean => span <= ROUNDING * greatest;

/** Notes on maps: what holds for all of them, and what single ones lack. */
export interface Notes {
  /** The method's own, and those on the network. */
  readonly general: readonly string[];
  /** What holds of the network whatever the method's options: where a derivative was approximated, say. */
  readonly network: readonly string[];
  /** Which samples' maps are zero, not finite or far from complete, or have an unfit baseline. */
  readonly single: readonly string[];
}

export function notesOn(
  result: Attribution & { readonly flaws: Flaws },
  model: Classifier,
  part: Part,
): Notes {
  const { empty, flat, infinite, unexplained, cancelling, outdone, taken, unconverged } = result.flaws;
  const walked = result.evaluations.backward > 0;
  const { nodes, choice } = walked
    ? onTheWay(model, result.passesLayer ? undefined : result.layer)
    : { nodes: [] };
  const step = nodes.find((node) => node.op !== 'Round' && is(node, 'curve', 'steps'));
  const rounds = ['QuantizeLinear', 'Round'].flatMap((name) => nodes.find(({ op }) => op === name) ?? [])[0];
  const rounding = rounds && sourceOf(rounds);
  const leap = nodes.find(leaps);
  const of = (rows: readonly number[]) => samples(rows, part);
  const { assumed } = model.head;
  const network = [
    ...(assumed !== undefined && result.quantity?.endsWith('probability') ? [assumed] : []),
    ...(rounding
      ? [
          `values are rounded on the way (operator '${rounding.op}', node '${rounding.name}'): the rounding was taken for the identity${rounds?.op === 'Round' ? '' : ' within its range'}`,
        ]
      : []),
    ...(step
      ? [
          `${said(step)} is flat wherever it has a slope: methods that follow the gradient leave out what passes it alone`,
        ]
      : []),
    ...(leap
      ? [
          `${said(leap)} leaps from one value to another: methods that follow the gradient leave out its leaps`,
        ]
      : []),
    ...(choice
      ? [
          `${said(choice)} chooses by its values: methods that follow the gradient leave out what passes it alone`,
        ]
      : []),
  ];
  const sums = (of: 'magnitude' | 'sum') =>
    cancelling.map((row) => statsOf(result.map, row)[of].toPrecision(3)).join(', ');
  const statsOfFlat = new Map(flat.map((row) => [row, statsOf(result.map, row)]));
  const level = flat.filter((row) => isLevel(statsOfFlat.get(row)!));
  const uneven = flat.filter((row) => !level.includes(row));
  const spans = uneven.map((row) => {
    const { span, greatest } = statsOfFlat.get(row)!;
    return `${((100 * span) / greatest).toPrecision(2)} %`;
  });
  const another = result.compared?.fixed
    ? "this method has no other: take one with an option 'baseline', as occlusion"
    : 'choose another baseline';
  const baselines = result.compared?.baseline ?? [];
  const mean = meanInWords(result.compared ?? {});
  const inBrackets = mean && ` (${mean})`;
  const undefinedAt = baselines.flatMap((value, row) => (Number.isFinite(value) ? [] : [row]));
  const shares =
    model.head.link === 'identity'
      ? [...(result.compared?.input ?? []), ...baselines]
      : result.compared?.baselineProbability;
  const none = improper(shares ?? []);
  const single = [
    ...(none === undefined ? [] : [none]),
    ...(undefinedAt.length > 0
      ? [
          `the model's output at the baseline${inBrackets} is ${[...new Set(undefinedAt.map((row) => String(baselines[row])))].join(', ')} (${of(undefinedAt)}); choose another baseline`,
        ]
      : []),
    ...(infinite.length > 0 ? [`the map is not finite everywhere (${of(infinite)})`] : []),
    ...(empty.length > 0 ? [`the map is zero everywhere, or below ${VANISHING} (${of(empty)})`] : []),
    ...(level.length > 0 ? [`the map is flat: it has one value everywhere (${of(level)})`] : []),
    ...(uneven.length > 0
      ? [
          `the map is almost flat: its values differ by at most ${spans.join(', ')} of the greatest (${of(uneven)})`,
        ]
      : []),
    ...(unexplained.length > 0
      ? [
          `the completeness residual is ${unexplained.map((row) => result.residual![row]!.toPrecision(3)).join(', ')}, at least half of what the map should sum to (${of(unexplained)})`,
        ]
      : []),
    ...(cancelling.length > 0
      ? [
          `the values of the map cancel: their magnitudes sum to ${sums('magnitude')}, the values to ${sums('sum')} (${of(cancelling)}), as where a normalisation divides by the spread of a constant baseline; choose another baseline`,
        ]
      : []),
    ...(outdone.length > 0
      ? [
          `the baseline does not stand for "nothing there": the target's output is ${outputs(result, 'baseline', outdone)} at it${inBrackets}, and ${outputs(result, 'input', outdone)} at the input (${of(outdone)}); ${another}`,
        ]
      : []),
    ...(taken.length > 0
      ? [
          `the baseline does not stand for "nothing there": the model gives the target a probability of ${outputs(result, 'baselineProbability', taken)} at it (${mean && `${mean}; `}${of(taken)}); ${another}`,
        ]
      : []),
    ...(unconverged.length > 0
      ? [
          `the map has not converged: those of the two halves of its draws correlate at ${unconverged.map((row) => ofHalves(result.convergence![row]!.stability).toFixed(2)).join(', ')} (${of(unconverged)}); draw more samples`,
        ]
      : []),
  ];
  return {
    general: [...(result.notes ?? []), ...network],
    network,
    single: [...(result.sampleNotes ?? []), ...single],
  };
}

const outputs = (
  { compared }: Attribution,
  at: 'input' | 'baseline' | 'baselineProbability',
  rows: readonly number[],
) => rows.map((row) => compared![at]![row]!.toPrecision(3)).join(', ');

/** The correlation of two halves of the draws, from which a stability is expected. */
const ofHalves = (stability: number) => stability / (2 - Math.abs(stability));

const said = (node: Node) => `operator '${node.op}' (${placeOf(node)})`;

/** A batch that is no part of another. */
export const wholeOf = (count: number): Part => ({ places: range(count), count });

/** Rows by the numbers of their samples in the batch, or all of it. */
export function samples(rows: readonly number[], { places, count }: Part): string {
  const named = [...new Set(rows.map((row) => places[row]))];
  return named.length === count && count > 1
    ? `all ${count} samples`
    : `${named.length === 1 ? 'sample' : 'samples'} ${named.join(', ')}`;
}
