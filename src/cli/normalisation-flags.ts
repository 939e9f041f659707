import { usageError } from '../base/errors.js';
import { choice, type OptionValues, text } from '../base/options.js';
import type { LoadOptions } from '../model/load.js';
import { presets } from '../model/normalisation.js';

/** Flags for how an image becomes a model's input. */
export const normalisationFlags = {
  mean: text({
    doc: "means of an image's channels in [0, 1], separated by commas, or one for all, where the file has none",
    default: '',
  }),
  std: text({ doc: 'standard deviations to go with --mean', default: '' }),
  normalisation: choice(['auto', ...presets], {
    doc: 'name of a standard normalisation',
    default: 'auto',
  }),
};

export type NormalisationFlags = OptionValues<typeof normalisationFlags>;

/** The normalisation that flags say; nothing where they say none. */
export function normalisationFrom({
  mean = '',
  std = '',
  normalisation = 'auto',
}: Partial<NormalisationFlags>): Pick<LoadOptions, 'normalisation'> {
  if (mean === '' && std === '') return normalisation === 'auto' ? {} : { normalisation };
  if (normalisation !== 'auto') throw usageError('give --mean and --std, or --normalisation');
  const read = (flag: string, given: string) => {
    const values = given.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)));
    if (values.every(Number.isFinite)) return values;
    throw usageError(
      `${flag} got '${given}'; it takes a number for each channel, separated by commas, or one for all`,
    );
  };
  return { normalisation: { mean: read('--mean', mean), std: read('--std', std) } };
}
