import { inputError, speakingOf, usageError } from '../base/errors.js';
import { choice, flag, type Option, type OptionValues, text } from '../base/options.js';
import type { RunContext } from '../base/run.js';
import { decodeVolume, type VolumeOptions } from '../data/decode/index.js';
import { type Classifier, imageShape, placesOf } from '../model/classifier.js';
import { headNames, headOption } from '../model/head.js';
import { borderOf } from '../model/input/border.js';
import { modelInput } from '../model/input/input.js';
import { takesVolumes, volumeInput } from '../model/input/volume.js';
import { type LoadOptions, loadClassifier } from '../model/load.js';
import { pixelEnds } from '../model/normalisation.js';
import { precisionOption } from '../model/precision.js';
import type { Target } from '../model/target.js';
import { notFinite } from '../tensor/finite.js';
import { readNpy } from '../tensor/npy.js';
import { extent } from '../tensor/quantile.js';
import { type Tensor, toFloat32 } from '../tensor/tensor.js';
import type { Call } from './command.js';
import { engineFlags, engineFrom } from './engine-flags.js';
import { type FitFlags, fitted } from './fit.js';
import { normalisationFlags, normalisationFrom } from './normalisation-flags.js';
import { rangeTold, readPicture } from './read-picture.js';

/** An option that takes whole numbers separated by commas. */
export function list(declared: { readonly doc: string }): Option<readonly number[]> {
  return {
    doc: declared.doc,
    accepts: 'whole numbers, separated by commas',
    default: [],
    read(given) {
      const parts = String(given).split(',');
      return parts.every((part) => /^\s*-?\d+\s*$/.test(part)) ? parts.map(Number) : undefined;
    },
  };
}

/** Flags for how a model file is read. */
export const modelFlags = {
  model: text({ doc: 'an ONNX classifier', default: '' }),
  ...engineFlags,
  precision: precisionOption,
  output: text({
    doc: 'the value to explain, an output or any value [N, K] of the file; by default the score before a final softmax or sigmoid',
    default: '',
  }),
  head: choice(['auto', ...headNames], { doc: headOption.doc, default: 'auto' }),
  inputShape: list({ doc: "one sample's shape, where the model leaves it open, e.g. 3,224,224" }),
  multiLabel: flag({
    doc: 'independent classes, each with a sigmoid; models trained by Sightline state this themselves',
    default: false,
  }),
  ...normalisationFlags,
  layout: choice(['auto', 'NCHW', 'NHWC'], {
    doc: "the input's layout; of a signal, volume or film, whether its channels come first (NCHW) or last (NHWC)",
    default: 'auto',
  }),
};

export type ModelFlags = OptionValues<typeof modelFlags>;

/** Loads the model that the flags name; `sample` is the shape of its inputs, where known. */
export async function modelFrom(
  flags: ModelFlags,
  run: RunContext,
  sample: Pick<LoadOptions, 'inputShape' | 'inputShapeOf' | 'imageShape' | 'target'> = {},
): Promise<Classifier> {
  const own = flags.inputShape;
  return loadClassifier(flags.model, {
    ...loadOptions(flags),
    engine: await engineFrom(flags, run),
    ...(sample.target !== undefined && { target: sample.target }),
    ...(own.length > 0 ? { inputShape: own, inputShapeOf: '--input-shape' } : sample),
  });
}

/** What the flags say of a model file, but for its engine and its input's shape. */
export const loadOptions = (flags: ModelFlags): LoadOptions => ({
  precision: flags.precision,
  ...(flags.output !== '' && { output: flags.output }),
  ...(flags.head !== 'auto' && { head: flags.head }),
  ...(flags.multiLabel && { multiLabel: true }),
  ...normalisationFrom(flags),
  ...(flags.layout !== 'auto' && { layout: flags.layout }),
});

/**
 * A batch for the model: an array as given, or an image, a DICOM file or a NIfTI volume converted to the
 * model's input. Warns of what has to be known of an image's values, and of what becomes of them.
 */
export async function modelAndInput(
  flags: ModelFlags & FitFlags,
  path: string,
  call: Pick<Call<unknown>, 'run' | 'warn'>,
  { target, axes }: { readonly target?: Target; readonly axes?: VolumeOptions['axes'] } = {},
): Promise<{ model: Classifier; input: Tensor }> {
  const { run } = call;
  const warn = (doubt: string) => call.warn(`${path}: ${doubt}`);
  if (path.endsWith('.npy')) {
    const input = toFloat32(await readNpy(path));
    if (input.shape.length < 2)
      throw usageError(`${path}: has shape [${input.shape}]; a batch [N, ...] is needed`);
    const broken = notFinite(input);
    if (broken) throw inputError(`${path}: ${broken}`);
    const sample = { inputShape: input.shape.slice(1), inputShapeOf: `${path} [${input.shape}]`, target };
    if (normalisationFrom(flags).normalisation !== undefined)
      warn('its numbers are given to the model as they are; the normalisation says how they were made');
    const model = await modelFrom(flags, run, sample);
    if (!looksTaken(model, input)) {
      const { low, high } = extent(input.data);
      warn(
        `its numbers lie between ${low} and ${high}; the model takes pixels of ${pixelEnds(model.input).join(' to ')}`,
      );
    }
    return { model, input };
  }
  const model = await modelFrom(flags, run, { target });
  if (takesVolumes(model)) {
    const onRange = (range: Parameters<typeof rangeTold>[0]) =>
      warn(rangeTold(range, pixelEnds(model.input)));
    const told = { onDoubt: warn, ...(model.input.normalisedBy !== 'metadata' && { onRange }) };
    const volume = await decodeVolume(path, { signal: run.signal, axes, ...told });
    const places = placesOf(borderOf(model).model);
    if (places.join() !== volume.shape.join())
      warn(`its ${volume.shape.join('x')} voxels are resized to ${places.join('x')}`);
    return { model, input: volumeInput(model, volume) };
  }
  const { layout, shape } = model.input;
  if (layout === 'other' && shape.length === 4)
    throw inputError(
      `${path}: the model does not tell which axes of its input [N,${shape}] are those of a volume (no layer over maps reads them): give a .npy file`,
    );
  const picture = await pictureFor(model, path, { fit: flags.fit, signal: run.signal, warn });
  try {
    return { model, input: modelInput(model, picture) };
  } catch (error) {
    return speakingOf(path)(error);
  }
}

/** In words which pixels of a file a model gets that normalises them itself; an array's are as they are. */
export const givenPixels = (input: Classifier['input'], path: string): string | undefined =>
  input.normalisedBy === 'graph' && !path.endsWith('.npy')
    ? `pixels are given as ${pixelEnds(input).join(' to ')}, which the model normalises itself`
    : undefined;

/** An image file `[C, H, W]` with the aspect ratio that is asked for; `warn` tells what has become of it. */
export async function pictureFor(
  model: Classifier,
  path: string,
  { fit, signal, warn }: FitFlags & { readonly signal?: AbortSignal; readonly warn: (doubt: string) => void },
): Promise<Tensor> {
  const isStated = model.input.normalisedBy === 'metadata';
  const image = await readPicture(path, { signal, warn, isStated, ends: pixelEnds(model.input) });
  const shape = imageShape(model);
  if (shape.channels === 1 && isColoured(image))
    warn('its colours become grey by luminance: the model takes one channel');
  return fitted(image, shape, { fit }, warn);
}

/** Channels that differ by less are those of a grey picture, but for rounding and compression. */
const COLOUR = 0.05;

function isColoured({ data, shape: [channels = 1] }: Tensor): boolean {
  const area = data.length / channels;
  return channels > 1 && data.some((value, i) => Math.abs(value - data[i % area]!) > COLOUR);
}

/** Whether numbers can be the pixels that a model's graph normalises itself, where it does. */
function looksTaken(model: Classifier, { data }: Tensor): boolean {
  if (model.input.normalisedBy !== 'graph') return true;
  const { low, high } = extent(data);
  const [black, white] = pixelEnds(model.input);
  const near = 0.01 * (white - black);
  const within = low >= black - near && high <= white + near;
  return within && (white === 1 || high > 1 || high === 0);
}

/** One target for each sample; a single target is used for all. */
export const targetsFor = (targets: readonly number[], { shape }: Tensor): readonly number[] =>
  targets.length === 1 ? Array<number>(shape[0]!).fill(targets[0]!) : targets;
