import { usageError } from '../base/errors.js';
import type { Undefaulted } from '../base/options.js';
import { is } from '../graph/catalogue/index.js';
import { numbers } from '../graph/elements.js';
import type { Graph } from '../graph/graph.js';
import type { Classifier, Normalisation } from './classifier.js';

/** Usual ways to normalise an image in [0, 1]. */
export const presets = ['zero-one', 'minus-one-one', '0-255', 'imagenet'] as const;
export type Preset = (typeof presets)[number];

/** An option for how an image in [0, 1] is normalised. */
export const normalisationOption: Undefaulted<Normalisation | Preset> = {
  doc: "how images are normalised, where the model's file does not tell",
  accepts: `{ mean, std } with a number for each channel, or one of ${presets.join(', ')}`,
  read(given) {
    const preset = presets.find((name) => name === given);
    if (preset !== undefined || typeof given !== 'object' || given === null) return preset;
    const { mean, std }: { readonly mean?: unknown; readonly std?: unknown } = given;
    return areNumbers(mean) && areNumbers(std) ? { mean, std } : undefined;
  },
};

const areNumbers = (value: unknown): value is readonly number[] =>
  Array.isArray(value) && value.every(Number.isFinite);

/** Throws where nothing tells how a model's images are normalised. */
export function checkNormalised({ name = 'the model', input }: Pick<Classifier, 'name' | 'input'>): void {
  if (input.normalisedBy !== undefined) return;
  throw usageError(
    `${name}: its file does not tell how an image is normalised; give normalisation: ${normalisationOption.accepts} (on the command line --mean and --std, or --normalisation)`,
  );
}

/** A preset for images of so many channels. Throws where it has other ones. */
export function presetOf(name: Preset, channels: number): Normalisation {
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

/** Whether the graph itself rescales pixels of 0 to 255, by a layer right behind its input. */
export function takesBytes({ nodes, initializers }: Graph, input: string): boolean {
  let value = input;
  for (;;) {
    const readers = nodes.filter((node) => node.inputs.includes(value) && !is(node, 'measures'));
    const [node] = readers;
    if (readers.length !== 1 || !node) return false;
    if (['Cast', 'Identity', 'Transpose', 'Reshape'].includes(node.op)) {
      [value] = node.outputs as [string];
      continue;
    }
    const given = node.inputs.map((v) => initializers.get(v)).find(Boolean);
    if (!given) return false;
    let [least, most] = [Number.POSITIVE_INFINITY, 0];
    for (const size of numbers(given).map(Math.abs))
      [least, most] = [Math.min(least, size), Math.max(most, size)];
    switch (node.op) {
      case 'Mul':
        return most <= 0.02 && least > 0;
      case 'Div':
        return node.inputs[0] === value && least >= 50;
      case 'Sub':
      case 'Add':
        return most > 10;
      default:
        return false;
    }
  }
}
