import type { RunContext } from '../../base/run.js';
import type { Builder } from '../../graph/builder.js';
import { gradientRuleOf } from '../../graph/rules/gradient/index.js';
import { type Classifier, classCount } from '../../model/classifier.js';
import { type Form, inForm } from '../../model/forms/index.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { MapGraph, RuleChoice } from '../map-graph.js';
import type { Request } from '../method.js';
import { type Explanation, explained, oneHot } from './explain.js';

/** The rules of the gradient. */
export const gradient: RuleChoice = gradientRuleOf;

export interface Pass {
  /** The key of the compiled program; equal keys must mean equal graphs. */
  readonly method: string;
  readonly ruleFor: RuleChoice;
  /** The values whose quantity is returned; by default the model's input. */
  readonly wrt?: readonly string[];
  /** Forward values to return as well. */
  readonly also?: readonly string[];
  /**
   * Whether the rules support a rectifier that was moved behind its pooling. The gradient's own rules always
   * do.
   */
  readonly poolsFirst?: boolean;
}

export interface PassResult {
  /** The quantity at each of `wrt`. */
  readonly quantities: Readonly<Record<string, Tensor>>;
  readonly values: Readonly<Record<string, Tensor>>;
}

const quantityAt = (value: string) => `sl.at.${value}`;

/** The model's output, the quantities of one backward pass, and some forward values. */
export const passOf = (
  { input, output }: Classifier,
  { method, ruleFor, wrt = [input.name], also = [] }: Pass,
): Explanation => ({
  outputs(_, walk) {
    const found = walk({ method, ruleFor, wrt });
    return Object.fromEntries([
      ...[output, ...also].map((value) => [value, value]),
      ...wrt.map((value) => [quantityAt(value), found[value]]),
    ]);
  },
});

/** Runs a forward and a backward pass over `input` `[N, ...]` from `seed` `[N, K]`, in batches. */
export async function runPass(
  model: Classifier,
  pass: Pass,
  input: Tensor,
  seed: Tensor,
  run: RunContext,
): Promise<PassResult> {
  const wrt = pass.wrt ?? [model.input.name];
  const also = pass.also ?? [];
  const own = cheapest(model, { ...pass, wrt, also });
  const key = JSON.stringify([pass.method, wrt, also]);
  const found = await explained(own, { key, program: () => passOf(own, pass), input, seed, run });
  const lost = undefinedRows(found[own.output]!, seed);
  return {
    quantities: Object.fromEntries(wrt.map((value) => [value, withoutRows(found[quantityAt(value)]!, lost)])),
    values: Object.fromEntries(also.map((value) => [value, found[value]!])),
  };
}

/** The rows whose seeded outputs are no finite numbers: these have no derivative, whatever the rules give. */
function undefinedRows(outputs: Tensor, seed: Tensor): number[] {
  const [count, width] = [seed.shape[0]!, seed.data.length / seed.shape[0]!];
  const isLost = (row: number) =>
    seed.data
      .subarray(row * width, (row + 1) * width)
      .some((weight, k) => weight !== 0 && !Number.isFinite(outputs.data[row * width + k]!));
  return Array.from({ length: count }, (_, row) => row).filter(isLost);
}

function withoutRows(quantity: Tensor, lost: readonly number[]): Tensor {
  const length = quantity.data.length / quantity.shape[0]!;
  for (const row of lost) quantity.data.fill(Number.NaN, row * length, (row + 1) * length);
  return quantity;
}

/** The fastest form of the model that contains all requested values. */
export function cheapest(
  model: Classifier,
  { ruleFor, wrt, also, poolsFirst }: Omit<Pass, 'method'> & Required<Pick<Pass, 'wrt' | 'also'>>,
): Classifier {
  // The form `gradient` moves rectifiers behind their pooling. The gradient does not depend on that order;
  // other rules may. A pass that ends at a late layer gains nothing from this form.
  const whole = (poolsFirst || ruleFor === gradient) && wrt.includes(model.input.name);
  const forms: readonly Form[] = whole ? ['gradient', 'merged-before'] : ['merged-before'];
  const values = [...wrt, ...also];
  const found = forms
    .map((form) => inForm(model, form))
    .find(({ shapes }) => values.every((v) => shapes.has(v)));
  return found ?? model;
}

/** The quantity at the input as a graph; `combine` makes the map of it. */
export function inputGraph(
  given: Classifier,
  pass: Omit<Pass, 'wrt' | 'also'>,
  combine: (builder: Builder, quantity: string, image: string) => string = (_, quantity) => quantity,
): MapGraph {
  const wrt = [given.input.name];
  const model = cheapest(given, { ...pass, wrt, also: [] });
  return {
    model,
    nodes: (builder, walk) => ({
      map: combine(builder, walk({ ...pass, wrt })[given.input.name]!, given.input.name),
    }),
  };
}

/** The gradient (or another backward quantity) of each row's target output with respect to the input. */
export async function inputPass(
  request: Pick<Request<unknown>, 'model' | 'run' | 'input' | 'targets'>,
  pass: Omit<Pass, 'wrt' | 'also'>,
): Promise<Tensor> {
  const { model, run, input, targets } = request;
  const { quantities } = await runPass(model, pass, input, oneHot(targets, classCount(model)), run);
  return quantities[model.input.name]!;
}
