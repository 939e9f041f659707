import { inputError, usageError } from '../../base/errors.js';
import type { Sample, Task } from '../../data/sample.js';
import type { Units } from '../../data/units.js';
import { extend } from '../../graph/builder.js';
import { scalar } from '../../graph/elements.js';
import type { Graph, Value } from '../../graph/graph.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Architecture } from '../architectures/architecture.js';
import { type TrainingOptions, trainingOptions } from './options.js';
import type { Quality } from './quality.js';

/** How far predicted numbers are from the true ones. */
export interface Errors {
  /** The mean absolute error, in the number's own unit. */
  readonly mae: number;
  /** The share of the variance that is predicted: 1 at best, 0 for the mean, below for worse than that. */
  readonly r2: number;
}

/**
 * The network with its output, which begins around 0 with a spread of about 1, in the number's unit; it has
 * the number's name where no other value has it.
 */
export function inUnits(graph: Graph, number: string, { mean, spread }: Units): Graph {
  const builder = extend(graph);
  const [output] = graph.outputs as [Value];
  const taken =
    [graph.inputs[0]!.name, ...graph.initializers.keys()].includes(number) || builder.madeBy(number);
  const [scaled, middle] = [builder.mul(output.name, spread), builder.constant(scalar(mean))];
  const name = builder.emit('Add', [scaled, middle], {}, taken ? undefined : number);
  return { ...builder.finish(graph.inputs, [{ ...output, name }]), metadata: graph.metadata };
}

/** The errors of predictions `[N, 1]`. R2 is NaN where the true numbers are all the same. */
export function errorsOf({ data }: Tensor, samples: readonly Pick<Sample, 'value'>[]): Errors {
  const truth = samples.map(({ value }) => value!);
  const mean = truth.reduce((sum, value) => sum + value, 0) / truth.length;
  let [absolute, squared, spread] = [0, 0, 0];
  for (const [n, value] of truth.entries()) {
    absolute += Math.abs(data[n]! - value);
    squared += (data[n]! - value) ** 2;
    spread += (value - mean) ** 2;
  }
  return { mae: absolute / truth.length, r2: spread === 0 ? Number.NaN : 1 - squared / spread };
}

/** The quality of predictions `[N, 1]`: its loss is the mean square, in units of the training images. */
export function regressionQuality(
  predicted: Tensor,
  samples: readonly Pick<Sample, 'value'>[],
  { spread }: Units,
): Quality {
  const loss = samples.reduce((sum, { value }, n) => sum + ((predicted.data[n]! - value!) / spread) ** 2, 0);
  const none = { accuracy: Number.NaN, balancedAccuracy: Number.NaN, auroc: Number.NaN };
  return { loss: loss / samples.length, ...none, ...errorsOf(predicted, samples) };
}

/** Throws where a network, an option or a sample is of no use to a regression. */
export function checkRegression(
  { name, classes, train, validation }: Task,
  { segments, phases, name: network }: Architecture,
  options: TrainingOptions,
): void {
  if (segments || phases)
    throw usageError(
      `task ${name} is a regression of '${classes[0]}'; ${network} learns classes: train another network`,
    );
  if (options.monitor !== 'loss')
    throw usageError(
      `option 'monitor' of training got ${options.monitor}; task ${name} is a regression: loss`,
    );
  for (const option of ['focus', 'smoothing', 'classWeights'] as const) {
    const usual = trainingOptions[option].default;
    if (options[option] !== usual)
      throw usageError(
        `option '${option}' of training got ${options[option]}; task ${name} is a regression: ${usual}`,
      );
  }
  for (const { id, value } of [...train, ...validation])
    if (value === undefined || !Number.isFinite(value))
      throw inputError(`image ${id} of task ${name} has no number to predict`);
}
