import type { RunContext } from '../../base/run.js';
import { gradientRuleOf } from '../../graph/rules/gradient/index.js';
import { type Classifier, classCount } from '../../model/classifier.js';
import { type Form, inForm } from '../../model/forms/index.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Request } from '../method.js';
import { type Explanation, explained, oneHot, type RuleChoice } from './explain.js';

/** The rules of the gradient. */
export const gradient: RuleChoice = gradientRuleOf;

export interface Pass {
  /** Names the program; equal names mean equal graphs. */
  readonly method: string;
  readonly ruleFor: RuleChoice;
  /** Values whose quantity is returned: the model's input by default. */
  readonly wrt?: readonly string[];
  /** Forward values that are also returned. */
  readonly also?: readonly string[];
  /**
   * The rules know of rectifiers behind poolings that stood before them; otherwise only the gradient's own
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

/** The model's output, the quantities of one backward pass, and further forward values. */
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

/** Runs a forward and a backward pass over `[N, ...]` inputs from `seed` `[N, K]`, in batches. */
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
  const all = (values: readonly string[], named: (value: string) => string) =>
    Object.fromEntries(values.map((value) => [value, found[named(value)]!]));
  return {
    quantities: all(wrt, quantityAt),
    values: all(also, (value) => value),
  };
}

/** The cheapest form of the model that still has all requested values. */
function cheapest(
  model: Classifier,
  { ruleFor, wrt, also, poolsFirst }: Pass & Required<Pick<Pass, 'wrt' | 'also'>>,
): Classifier {
  // Other rules for rectifiers tell whether one stands before or behind a pooling; the gradient does not. A
  // walk that ends at a late layer passes no pooling that would have to say where its maxima stood.
  const whole = (poolsFirst || ruleFor === gradient) && wrt.includes(model.input.name);
  const forms: readonly Form[] = whole ? ['gradient', 'merged-before'] : ['merged-before'];
  const values = [...wrt, ...also];
  const found = forms
    .map((form) => inForm(model, form))
    .find(({ shapes }) => values.every((v) => shapes.has(v)));
  return found ?? model;
}

/** The input's gradient (or another method's quantity) for each row's target output. */
export async function inputPass(
  request: Pick<Request<unknown>, 'model' | 'run' | 'input' | 'targets'>,
  pass: Omit<Pass, 'wrt' | 'also'>,
): Promise<Tensor> {
  const { model, run, input, targets } = request;
  const { quantities } = await runPass(model, pass, input, oneHot(targets, classCount(model)), run);
  return quantities[model.input.name]!;
}
