import { attribute } from '../attribution/attribute.js';
import { USUAL_BLUR } from '../attribution/input/baseline.js';
import { atInputSize } from '../attribution/input/input-size.js';
import type { Method } from '../attribution/method.js';
import type { GivenOptions } from '../base/options.js';
import type { RunContext } from '../base/run.js';
import { inputMaskOfBoxes } from '../data/geometry/mask.js';
import { placed } from '../data/geometry/placed.js';
import type { Sample } from '../data/sample.js';
import { bodyOf, type Rare, rare, rareNeeds, scorerOf, undefinedScore } from '../evaluation/index.js';
import type { Metric, Score, Scored } from '../evaluation/metric/metric.js';
import type { Classifier } from '../model/classifier.js';
import { modelInput } from '../model/input/input.js';
import { resizeBilinear } from '../tensor/resize.js';
import { sizeOf, type Tensor } from '../tensor/tensor.js';
import { memoriesFor, type Remembered, remembering } from './remembered.js';
import { timed } from './seconds.js';

/** A metric with the options that the benchmark sets. */
export interface MetricChoice {
  readonly metric: Metric;
  readonly options: GivenOptions;
}

/** The settings that made a map, for metrics that explain other inputs in the same way. */
export interface Maker {
  readonly model: Classifier;
  readonly method: Method;
  readonly options: GivenOptions;
  readonly seed: number;
}

/**
 * Scores a sample's map `[H, W]`, at the size of the model's input, by several metrics. Returns each score
 * with its duration in seconds; it is undefined where a metric needs what few data have and neither sample
 * nor `rareOnes` holds. The model's outputs in `known` are those of this sample, and are added to.
 */
export async function scoreSample(
  map: Tensor,
  sample: Sample,
  target: number,
  maker: Maker,
  metrics: readonly MetricChoice[],
  run: RunContext,
  rareOnes: Rare = {},
  known: Remembered = memoriesFor(1, sizeOf(maker.model.input.shape), maker.model.classes.length)[0]!,
): Promise<readonly (Score & { readonly seconds: number })[]> {
  const { model, method, options, seed } = maker;
  const explain: Scored['explain'] = async (input, other, change) => {
    const asked = change?.(model) ?? model;
    const again = await attribute(asked, method, input, [other], options, { seed, run });
    return planeOf(again.map, asked);
  };
  const body = metrics.some(({ metric }) => metric.needs.includes('body'))
    ? bodyOf(atSize(sample.image, map.shape))
    : undefined;
  const anatomy = anatomyOf(sample, map);
  const more: Rare = { ...(body && { body }), ...(anatomy && { anatomy }), ...rareOnes };
  const input = modelInput(model, sample.image);
  const ask = remembering(model, known, run);
  const { blurs } = known;
  const own = { input, target, model, predict: ask, explain, seed, run, ...(blurs && { blurs }) };
  // Metrics that need the model compare at the input's size; localisation metrics use the original image's
  // pixels.
  const asSeen = scorerOf({ ...own, ...more, map, mask: sample.mask });
  const atNative = scorerOf({
    ...own,
    ...placed(map, sample),
    ...(more.spacing && { spacing: more.spacing }),
  });
  const scores: (Score & { seconds: number })[] = [];
  for (const { metric, options } of metrics) {
    const asks = metric.needs.some((need) => need !== 'mask');
    const by = asks ? asSeen : atNative;
    const lacking = rareNeeds.find((need) => metric.needs.includes(need) && more[need] === undefined);
    const given = metric.sharesBaseline ? withBaseline(metric, options, maker) : { options };
    const missing = lacking === undefined ? given.reason : `it needs ${rare[lacking]}`;
    const { made, seconds } = await timed(async () =>
      missing === undefined ? by(metric, given.options) : undefinedScore(missing),
    );
    scores.push({ ...made, seconds });
  }
  return scores;
}

/** A metric's options with the method's own baseline, or why the two do not go together. */
function withBaseline(
  { options: declared }: Metric,
  given: GivenOptions,
  { method, options }: Maker,
): { readonly options: GivenOptions; readonly reason?: string } {
  if ('segments' in method.options)
    return { options: given, reason: 'each pixel has the value of its whole segment' };
  if ('baselines' in method.options) return { options: given, reason: 'the method has several baselines' };
  if ('baseline' in given) return { options: given };
  const { baseline: own, sigma } = method.options;
  if (sigma !== undefined)
    return { options: { ...given, baseline: 'blur', sigma: options.sigma ?? sigma.default } };
  if (own === undefined) return { options: given };
  const baseline = options.baseline ?? own.default;
  if (declared.baseline?.read(baseline) === undefined)
    return { options: given, reason: "the metric does not take the method's baseline" };
  return { options: { ...given, baseline, ...(baseline === 'blur' && { sigma: USUAL_BLUR }) } };
}

/** The mask of the outlined anatomy at the size of a map `[H, W]`, if any of it is seen. */
function anatomyOf({ anatomy = [], transform }: Sample, { shape }: Tensor): Rare['anatomy'] {
  const [height, width] = shape as readonly [number, number];
  const mask = inputMaskOfBoxes(anatomy, transform, height, width);
  return mask.data.includes(1) ? mask : undefined;
}

const atSize = (image: Tensor, [height, width]: readonly number[]) =>
  image.shape[1] === height && image.shape[2] === width ? image : resizeBilinear(image, height!, width!);

/** Converts a sample's map to `[H, W]` at the size of the model's input, as metrics take it. */
export function planeOf(map: Tensor, model: Classifier): Tensor {
  const { data, shape } = atInputSize(map, model);
  return { data, shape: shape.slice(2) };
}
