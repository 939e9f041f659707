import type { RunContext } from '../../base/run.js';
import { runRows } from '../../engine/run-rows.js';
import { type BackwardOptions, backward } from '../../graph/backward.js';
import { extend } from '../../graph/builder.js';
import type { Graph } from '../../graph/graph.js';
import { gradientRules } from '../../graph/rules/gradient/index.js';
import { type Classifier, classCount } from '../../model/classifier.js';
import { type Form, inForm } from '../../model/forms/index.js';
import { dialect } from '../../model/precision.js';
import { batchSizeOf } from '../../model/predict.js';
import { programOf } from '../../model/programs.js';
import { type Tensor, zeros } from '../../tensor/tensor.js';

export type RuleChoice = BackwardOptions['ruleFor'];

/** The gradient's own rules. */
export const gradient: RuleChoice = (node) => (node.domain === '' ? gradientRules[node.op] : undefined);

export interface Pass {
  /** Names the program; equal names must mean equal graphs. */
  readonly method: string;
  readonly ruleFor: RuleChoice;
  /** Values whose quantity is asked for: the model's input by default. */
  readonly wrt?: readonly string[];
  /** Forward values that are returned as well. */
  readonly also?: readonly string[];
  /** The rules know of rectifiers behind poolings that stood before them; otherwise only the gradient's own do. */
  readonly poolsFirst?: boolean;
}

export interface PassResult {
  /** Raw outputs `[N, K]`. */
  readonly logits: Tensor;
  /** The walk's quantity at each of `wrt`. */
  readonly quantities: Readonly<Record<string, Tensor>>;
  readonly values: Readonly<Record<string, Tensor>>;
}

export const seedName = 'sl.seed';
export const quantityAt = (value: string) => `sl.at.${value}`;

/** The model and one backward walk from its output as a single graph: inputs are the model's and the seed `[N, K]`. */
export function passGraph(
  model: Classifier,
  { method, ruleFor, wrt = [model.input.name], also = [] }: Pass,
): Graph {
  const builder = extend(model.graph);
  const found = backward(model.graph, builder, {
    seeds: { [model.output]: seedName },
    wrt,
    ruleFor,
    method,
    shapes: model.shapes,
    engine: dialect(model),
  });
  for (const value of wrt) {
    // Nothing flows back to a value that the output does not depend on.
    builder.alias(found[value] ?? builder.sub(value, value), quantityAt(value));
  }
  const outputs = [...new Set([model.output, ...wrt.map(quantityAt), ...also])];
  return builder.finish(
    [...model.graph.inputs, { name: seedName, type: 'float32', shape: ['N', classCount(model)] }],
    outputs.map((name) => ({ name, type: 'float32' })),
  );
}

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
  const program = await programOf(own, JSON.stringify([pass.method, wrt, also]), () => passGraph(own, pass));
  const found = await runRows(
    program,
    { [model.input.name]: input, [seedName]: seed },
    batchSizeOf(model),
    run,
  );
  const all = (values: readonly string[], named: (value: string) => string) =>
    Object.fromEntries(values.map((value) => [value, found[named(value)]!]));
  return {
    logits: found[model.output]!,
    quantities: all(wrt, quantityAt),
    values: all(also, (value) => value),
  };
}

/** The form of the model whose walk costs least and that still has all values that are asked for. */
function cheapest(
  model: Classifier,
  { ruleFor, wrt, also, poolsFirst }: Pass & Required<Pick<Pass, 'wrt' | 'also'>>,
): Classifier {
  // Other rules for rectifiers tell whether one stands before or behind a pooling; the gradient does not. A walk that ends
  // at a late layer passes no pooling that would have to say where its maxima stood.
  const whole = (poolsFirst || ruleFor === gradient) && wrt.includes(model.input.name);
  const forms: readonly Form[] = whole ? ['gradient', 'merged-before'] : ['merged-before'];
  const values = [...wrt, ...also];
  const found = forms
    .map((form) => inForm(model, form))
    .find(({ shapes }) => values.every((v) => shapes.has(v)));
  return found ?? model;
}

/** One at each row's target and zero elsewhere: the seed that explains the raw output `targets[i]` of row i. */
export function oneHot(targets: readonly number[], classes: number): Tensor {
  const seed = zeros([targets.length, classes]);
  for (const [row, target] of targets.entries()) seed.data[row * classes + target] = 1;
  return seed;
}

/** The input's gradient (or another method's quantity) of each row's target output. */
export async function inputPass(
  { model, run }: { readonly model: Classifier; readonly run: RunContext },
  pass: Omit<Pass, 'wrt' | 'also'>,
  input: Tensor,
  targets: readonly number[],
): Promise<Tensor> {
  const { quantities } = await runPass(model, pass, input, oneHot(targets, classCount(model)), run);
  return quantities[model.input.name]!;
}
