import { inputError } from '../base/errors.js';
import type { OptionsFor } from '../base/options.js';
import { quietly, type RunContext } from '../base/run.js';
import { type Classifier, placesOf } from '../model/classifier.js';
import { borderOf } from '../model/input/border.js';
import { type MapLayout, withChannelsFirst } from '../tensor/map-layout.js';
import { reduceChannels } from '../tensor/reduce.js';
import { rows, type Tensor, type TypedArray, toFloat32 } from '../tensor/tensor.js';
import type { Metric, Score, Scored } from './metric/metric.js';
import { type MetricName, metricOf, type metrics } from './registry.js';
import { scoreMap } from './score.js';

export interface ScoredArrays {
  /**
   * `[N, C, H, W]` or the model's input shape (channels are summed), `[N, H, W]` or `[H, W]`; of a table's
   * input `[N, F]`.
   */
  readonly map: Tensor<TypedArray>;
  /** Where maps of four axes have their channels, if neither masks nor the inputs' height and width tell. */
  readonly layout?: MapLayout | undefined;
  /**
   * `[N, 1, H, W]`, `[N, H, W, 1]`, `[N, H, W]`, `[H, W]` or, of one map, `[H, W, 1]`; of 0 and one other
   * value.
   */
  readonly mask?: Tensor<TypedArray>;
  readonly model?: Classifier;
  /** One for each map, in place of `model`: where other inputs are held at values that differ by sample. */
  readonly models?: readonly Classifier[];
  readonly predict?: Scored['predict'];
  /** `[N, ...]`, normalised as the model takes it. */
  readonly input?: Tensor;
  readonly targets?: readonly number[];
  /** Masks as `mask`: of the anatomy that can hold the finding, of the body, and of text and devices. */
  readonly anatomy?: Tensor<TypedArray>;
  readonly body?: Tensor<TypedArray>;
  readonly artefacts?: Tensor<TypedArray>;
  /** Millimetres from one pixel to the next, down and across. */
  readonly spacing?: Scored['spacing'];
  readonly explain?: Scored['explain'];
  readonly others?: Scored['others'];
  readonly shuffled?: Classifier;
  readonly again?: readonly Classifier[];
  readonly seed?: number;
  readonly run?: RunContext;
}

export interface ArrayScores {
  readonly metric: string;
  readonly direction: Metric['direction'];
  /** One score for each map; `NaN` (`null` in JSON) where it is undefined. */
  readonly values: readonly number[];
  /** Which scores are undefined, and why. */
  readonly reasons: readonly { readonly index: number; readonly reason: string }[];
  /** What a reader of a score has to know. */
  readonly notes: readonly { readonly index: number; readonly note: string }[];
  /** Of a metric with a baseline, what it follows at each input and at its baseline; `NaN` where unknown. */
  readonly compared?: { readonly input: readonly number[]; readonly baseline: readonly number[] };
}

/**
 * Scores a batch of maps, as stored in files, by one metric. Throws where the numbers of maps, masks, inputs
 * and targets differ.
 */
export async function scoreArrays<M extends MetricName | Metric>(
  metric: M,
  { map: given, layout, mask, anatomy, body, artefacts, input, targets, seed = 0, ...others }: ScoredArrays,
  options?: OptionsFor<typeof metrics, M>,
): Promise<ArrayScores> {
  const { run = quietly, models, ...rest } = others;
  const model = models?.[0] ?? rest.model;
  const masks = { mask, anatomy, body, artefacts };
  const map = withoutChannel(
    given,
    Object.values(masks),
    input?.shape[0] ?? targets?.length ?? models?.length,
  );
  const planesOf = Object.entries(masks).flatMap(([name, one]) =>
    one ? [[name, masksOf(isOfOne(one, map) ? withoutLast(one) : one)] as const] : [],
  );
  const places = planesOf[0]?.[1][0]?.shape ?? placesOfInput(map, input, model);
  const maps = planes(
    model && isOfInput(map, model)
      ? borderOf(model).inner(toFloat32(map))
      : isOfTable(map, input?.shape.slice(1) ?? model?.input.shape)
        ? { ...map, shape: [map.shape[0]!, 1, map.shape[1]!] }
        : withChannelsFirst(map, layout, places),
  );
  const counts = {
    ...Object.fromEntries(
      planesOf.map(([name, own]) => [name === 'mask' ? 'masks' : `masks '${name}'`, own.length]),
    ),
    ...{ inputs: input?.shape[0], targets: targets?.length, models: models?.length },
  };
  for (const [what, count] of Object.entries(counts)) {
    if (count !== undefined && count !== maps.length) {
      const read = map.shape.length === 3 ? ` (of [${map.shape}], read as [N, H, W])` : '';
      throw inputError(
        `there are ${maps.length} maps${read} and ${count} ${what}; their numbers must be the same`,
      );
    }
  }
  const values: number[] = [];
  const reasons: { index: number; reason: string }[] = [];
  const notes: { index: number; note: string }[] = [];
  const ends: Score['compared'][] = [];
  for (const [index, plane] of maps.entries()) {
    const scored: Scored = {
      ...rest,
      ...(models && { model: models[index] }),
      map: plane,
      ...Object.fromEntries(planesOf.map(([name, own]) => [name, own[index]])),
      input: input && rows(input, index, index + 1),
      target: targets?.[index],
      seed: seed + index,
      run,
    };
    const score = await scoreMap(metric, scored, options);
    values.push(score.value);
    ends.push(score.compared);
    if (score.reason !== undefined) reasons.push({ index, reason: score.reason });
    if (score.note !== undefined) notes.push({ index, note: score.note });
  }
  const { name, direction } = metricOf(metric);
  const at = (end: 'input' | 'baseline') => ends.map((one) => one?.[end] ?? Number.NaN);
  const compared = { input: at('input'), baseline: at('baseline') };
  return { metric: name, direction, values, reasons, notes, ...(ends.some(Boolean) && { compared }) };
}

/** Whether three axes may be `[H, W, 1]` as well as `[N, H, 1]`. */
const mayHaveChannel = ({ shape }: Tensor<TypedArray>): boolean => {
  const [one = 0, two = 0, last] = shape;
  return shape.length === 3 && last === 1 && one > 1 && two > 1;
};

const withoutLast = <T extends TypedArray>(one: Tensor<T>): Tensor<T> => ({
  ...one,
  shape: one.shape.slice(0, -1),
});

/** Whether `[H, W, 1]` is the one picture of a map, whose height and width it has. */
function isOfOne(picture: Tensor<TypedArray>, { shape }: Tensor<TypedArray>): boolean {
  const isOne = shape.length === 2 || shape[0] === 1;
  const held = [shape.slice(-2), shape.slice(1, 3)].map((two) => two.join());
  return mayHaveChannel(picture) && isOne && held.includes(picture.shape.slice(0, 2).join());
}

/** The map `[H, W]` of `[H, W, 1]`, by its masks or the number of inputs. Throws where nothing tells. */
function withoutChannel(
  map: Tensor<TypedArray>,
  masks: readonly (Tensor<TypedArray> | undefined)[],
  count: number | undefined,
): Tensor<TypedArray> {
  if (!mayHaveChannel(map)) return map;
  const [high, wide] = map.shape as [number, number, number];
  const isOne = masks.some((mask) => mask && isOfOne(map, mask));
  if (count === 1 || (count === undefined && isOne)) return withoutLast(map);
  if (count !== undefined || masks.some((mask) => mask && mask.shape.length !== 3)) return map;
  throw inputError(
    `a map of [${map.shape}] may be one of [${high},${wide}] or ${high} of [${wide},1]: write it as [${high},${wide}], or as [${high},1,${wide},1]`,
  );
}

/** Whether maps have the shape of the model's input, whose channels may be last. */
const isOfInput = ({ shape }: Tensor<TypedArray>, { input }: Classifier) =>
  shape.length === 4 && shape.slice(1).join() === input.shape.join();

/** The height and width of the inputs, where two neighbouring axes of the maps have them. */
function placesOfInput(
  { shape }: Tensor<TypedArray>,
  input: Tensor | undefined,
  model: Classifier | undefined,
): readonly number[] | undefined {
  const places = model ? placesOf(model) : input?.shape.length === 4 ? input.shape.slice(2) : [];
  const isHeld = [shape.slice(1, 3), shape.slice(2)].some((two) => two.join() === places.join());
  return isHeld ? places : undefined;
}

/** Whether maps have a row for each sample of a table `[N, F]`. */
const isOfTable = ({ shape }: Tensor<TypedArray>, sample: readonly number[] | undefined) =>
  shape.length === 2 && sample?.length === 1 && sample[0] === shape[1];

function planes(map: Tensor<TypedArray>): readonly Tensor[] {
  const axes = map.shape.length;
  if (axes < 2 || axes > 4) {
    throw inputError(`maps have the shape [N, C, H, W], [N, H, W] or [H, W]; these have [${map.shape}]`);
  }
  const float = toFloat32(map);
  const one = axes === 4 ? (map.shape[1] === 1 ? float : reduceChannels(float)) : float;
  const [height, width] = map.shape.slice(-2) as [number, number];
  const count = axes === 2 ? 1 : map.shape[0]!;
  const area = height * width;
  return Array.from({ length: count }, (_, n) => ({
    data: one.data.subarray(n * area, (n + 1) * area),
    shape: [height, width],
  }));
}

const masksOf = (mask: Tensor<TypedArray>): readonly Tensor<Uint8Array>[] =>
  planes(checkMask(mask)).map(({ data, shape }) => ({
    data: Uint8Array.from(data, (v) => (v === 0 ? 0 : 1)),
    shape,
  }));

/** Gives masks, channels first. Throws where they have several, or hold more than 0 and one number. */
export function checkMask(given: Tensor<TypedArray>): Tensor<TypedArray> {
  const mask = withChannelFirst(given);
  const found = new Set<number>();
  for (const value of mask.data) {
    found.add(Number(value));
    if (found.size > 2) break;
  }
  const others = [...found].filter((value) => value !== 0);
  if (others.length > 1 || others.some((value) => !(value > 0 && value < Infinity))) {
    throw inputError(`a mask holds 0 and one positive number; this one holds ${[...found].join(', ')}`);
  }
  return mask;
}

/** Masks `[N, 1, H, W]`, also where their one channel stands last: it moves no value. */
function withChannelFirst(mask: Tensor<TypedArray>): Tensor<TypedArray> {
  const { shape } = mask;
  if (shape.length !== 4 || shape[1] === 1) return mask;
  const [count, height, width, channels] = shape as [number, number, number, number];
  if (channels === 1) return { ...mask, shape: [count, 1, height, width] };
  throw inputError(`masks have one channel, first or last; these have the shape [${shape}]`);
}
