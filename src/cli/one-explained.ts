import { usageError } from '../base/errors.js';
import { readOnnx } from '../graph/read.js';
import type { Classifier } from '../model/classifier.js';
import { classifierOf } from '../model/load.js';
import { joinInputs } from '../model/several-inputs.js';
import { concatenate, rows, type Tensor } from '../tensor/tensor.js';
import type { Call } from './command.js';
import { engineFrom } from './engine-flags.js';
import type { FitFlags } from './fit.js';
import { loadOptions, type ModelFlags } from './inputs.js';
import { readInputs } from './several-inputs.js';

/** A model of several inputs as one of the input that is explained. */
interface OneExplained {
  /** The model of each sample, in which the other inputs are held; samples that hold the same share one. */
  readonly models: readonly Classifier[];
  readonly input: Tensor;
}

/** Reads a model and its inputs, all held but one. Throws where more are left. */
export async function oneExplained(
  flags: ModelFlags & FitFlags & { readonly hold: readonly string[] },
  given: Readonly<Record<string, string>>,
  call: Pick<Call<unknown>, 'run' | 'warn'>,
): Promise<OneExplained> {
  const graph = await readOnnx(flags.model);
  const loading = loadOptions(flags);
  const arrays = await readInputs(given, graph, { ...loading, fit: flags.fit }, call);
  const groups = joinInputs(graph, flags.model, arrays, flags.hold);
  const { parts } = groups[0]!;
  if (parts.length > 1)
    throw usageError(
      `a map of one input is scored, and ${parts.map(({ name, shape }) => `'${name}' [N,${shape}]`).join(', ')} are not held; hold those that it is not of (--hold NAME)`,
    );
  const engine = await engineFrom(flags, call.run);
  const found: { readonly model: Classifier; readonly row: Tensor }[] = [];
  for (const { graph: one, input, samples } of groups) {
    const model = await classifierOf(one, flags.model, {
      ...loading,
      ...{ engine, inputShape: parts[0]!.shape },
    });
    for (const [i, sample] of samples.entries()) found[sample] = { model, row: rows(input, i, i + 1) };
  }
  return { models: found.map(({ model }) => model), input: concatenate(found.map(({ row }) => row)) };
}
