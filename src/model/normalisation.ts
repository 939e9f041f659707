import { inputError, usageError } from '../base/errors.js';
import type { Undefaulted } from '../base/options.js';
import type { Classifier, Normalisation } from './classifier.js';
import { type PixelRange, pixelsInWords } from './pixel-range.js';

/** Usual ways to normalise an image in [0, 1]. */
export const presets = ['zero-one', 'minus-one-one', '0-255', 'imagenet'] as const;
export type Preset = (typeof presets)[number];

/** An option for how an image in [0, 1] is normalised. */
export const normalisationOption: Undefaulted<Normalisation | Preset> = {
  doc: "how images are normalised, where the model's file does not tell",
  accepts: `{ mean, std } with a number for each channel or one for all, or one of ${presets.join(', ')}`,
  read(given) {
    const preset = presets.find((name) => name === given);
    if (preset !== undefined || typeof given !== 'object' || given === null) return preset;
    const { mean, std }: { readonly mean?: unknown; readonly std?: unknown } = given;
    return areNumbers(mean) && areNumbers(std) ? { mean, std } : undefined;
  },
};

/** How images are normalised in training: as stated, or (`auto`) as the file says that it begins with. */
export type StatedNormalisation = Normalisation | Preset | 'auto';

const areNumbers = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every(Number.isFinite);

/** Throws where nothing tells how a model's images are normalised. */
export function checkNormalised({ name = 'the model', input }: Pick<Classifier, 'name' | 'input'>): void {
  if (input.normalisedBy !== undefined) return;
  throw usageError(
    `${name}: its file does not tell how an image is normalised; give normalisation: ${normalisationOption.accepts} (on the command line --mean and --std, or --normalisation)`,
  );
}

type Normalised = Pick<Classifier['input'], 'normalisation' | 'normalisedBy'>;

/** Black and white as a model takes them: not 0 and 1 where its graph normalises other pixels. */
export function pixelEnds({ normalisation, normalisedBy }: Normalised): readonly [number, number] {
  if (normalisedBy !== 'graph') return [0, 1];
  const [mean, std] = [normalisation.mean[0]!, normalisation.std[0]!];
  return [Math.round(-mean / std) + 0, Math.round((1 - mean) / std)];
}

/** In words how a picture is normalised. */
export function normalisationText(input: Normalised): string {
  const { normalisation, normalisedBy } = input;
  if (normalisedBy === undefined) return 'not told by the file';
  if (normalisedBy === 'graph')
    return `pixels of ${pixelEnds(input).join(' to ')}, which the model normalises itself`;
  const where = normalisedBy === 'option' ? 'as stated' : "by the file's metadata";
  const [mean, std] = [normalisation.mean, normalisation.std].map((values) => values.map(shown).join(', '));
  return `mean ${mean} and deviation ${std} of pixels of 0 to 1, ${where}`;
}

/** In words what the graph of a model takes for a picture's pixels of 0 to 1. */
export function takenText(input: Normalised & Pick<Classifier['input'], 'shape'>): string {
  const { mean, std } = input.normalisation;
  if (input.normalisedBy === undefined)
    return `as the model takes it${input.shape.length === 1 ? '' : '; its file does not tell how images are normalised'}`;
  if (input.normalisedBy === 'graph') return normalisationText(input);
  if (mean.every((value) => value === 0) && std.every((value) => value === 1)) return 'pixels of 0 to 1';
  const [means, deviations] = [mean, std].map(inShort);
  return `normalised, (pixel of 0 to 1 - mean) / std, mean ${means} and std ${deviations}`;
}

/** The numbers of channels, or one for all. */
const inShort = (values: readonly number[]) =>
  [...new Set(values)].length === 1 ? shown(values[0]!) : values.map(shown).join(', ');

const shown = (value: number) => String(Number(value.toPrecision(6)));

/** What is given for images of so many channels, one number for all. Throws for a preset of others. */
function forChannels(given: Normalisation | Preset, channels: number): Normalisation {
  if (typeof given === 'string') return presetOf(given, channels);
  const each = (values: readonly number[]) =>
    values.length === 1 ? Array<number>(channels).fill(values[0]!) : values;
  return { mean: each(given.mean), std: each(given.std) };
}

function presetOf(name: Preset, channels: number): Normalisation {
  const all = (mean: number, std: number) => ({
    mean: Array<number>(channels).fill(mean),
    std: Array<number>(channels).fill(std),
  });
  switch (name) {
    case 'zero-one':
      return all(0, 1);
    case 'minus-one-one':
      return all(0.5, 0.5);
    case '0-255':
      return all(0, 1 / 255);
    case 'imagenet':
      if (channels !== 3)
        throw usageError(`normalisation imagenet is of 3 channels; the model takes ${channels}`);
      return { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };
  }
}

/**
 * A model's normalisation: the one that is given, that its file says, or none where its graph takes pixels of
 * a known range; `normalisedBy` is undefined where it is none of these. Throws where the given one does not
 * fit, or the file says or takes another.
 */
export function normalisationOf(
  name: string,
  channels: number,
  given: Normalisation | Preset | undefined,
  said: Normalisation | undefined,
  taken: PixelRange | undefined,
): Normalised {
  if (given !== undefined) {
    const read = normalisationOption.read(given);
    if (read === undefined)
      throw usageError(
        `${name}: option normalisation got ${JSON.stringify(given)}; it takes ${normalisationOption.accepts}`,
      );
    const normalisation = forChannels(read, channels);
    checkChannels(normalisation, channels, (what) => usageError(`${name}: normalisation: ${what}`));
    if (said !== undefined && !areAlike(said, normalisation))
      throw usageError(
        `${name}: normalisation is given as ${inWords(normalisation)}, and its file says ${inWords(said)}; leave it out`,
      );
    if (said === undefined && taken && !areAlike(presetOf(taken, channels), normalisation))
      throw usageError(
        `${name}: normalisation is given as ${inWords(normalisation)}, and its graph takes ${pixelsInWords(taken)}; leave it out`,
      );
    return { normalisation, normalisedBy: 'option' };
  }
  if (said) {
    checkChannels(said, channels, (what) =>
      inputError(`${name}: metadata 'sightline': normalisation: ${what}`),
    );
    return { normalisation: said, normalisedBy: 'metadata' };
  }
  return { normalisation: presetOf(taken ?? 'zero-one', channels), ...(taken && { normalisedBy: 'graph' }) };
}

const inWords = ({ mean, std }: Normalisation): string => `mean ${mean.join(', ')} and std ${std.join(', ')}`;

/** Whether two normalisations are the same, as far as they are written. */
const areAlike = (a: Normalisation, b: Normalisation): boolean =>
  a.mean.length === b.mean.length &&
  a.mean.every((value, c) => Math.abs(value - b.mean[c]!) < 1e-3) &&
  a.std.every((value, c) => Math.abs(value - b.std[c]!) < 1e-3);

function checkChannels({ mean, std }: Normalisation, channels: number, error: (what: string) => Error): void {
  if (mean.length !== channels || std.length !== channels)
    throw error(
      `got ${mean.length} means and ${std.length} deviations; the model takes images of ${channels} channel${channels === 1 ? '' : 's'}`,
    );
  if (std.some((value) => !(value > 0))) throw error('a deviation has to be above 0');
  const odd = mean.find((value) => !(value >= 0 && value <= 1)) ?? std.find((value) => value > 1);
  if (odd !== undefined)
    throw error(
      `got ${odd}; pixels lie between 0 and 1: divide means and deviations of bytes by 255, and give values on another scale, such as Hounsfield units, as the model takes them in a .npy file`,
    );
}
