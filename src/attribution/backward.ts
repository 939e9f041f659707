import { checkpoint, type RunContext } from '../base/run.js';
import type { Arrays } from '../engine/engine.js';
import { type BackwardOptions, backward } from '../graph/backward.js';
import { extend } from '../graph/builder.js';
import { float32 } from '../graph/elements.js';
import type { Graph } from '../graph/graph.js';
import { gradientRules } from '../graph/rules/gradient/index.js';
import type { Classifier } from '../model/classifier.js';
import { batchSizeOf } from '../model/predict.js';
import { programOf } from '../model/programs.js';
import { concatenate, rows, type Tensor, zeros } from '../tensor/tensor.js';

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
}

export interface PassResult {
  /** Raw outputs `[N, K]`. */
  readonly logits: Tensor;
  /** The walk's quantity at each of `wrt`. */
  readonly quantities: Readonly<Record<string, Tensor>>;
  readonly values: Readonly<Record<string, Tensor>>;
}

const seedName = 'sl.seed';
const quantityAt = (value: string) => `sl.at.${value}`;

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
  });
  for (const value of wrt) {
    // Nothing flows back to a value that the output does not depend on.
    builder.alias(found[value] ?? builder.emit('Sub', [value, value]), quantityAt(value));
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
  const program = await programOf(model, JSON.stringify([pass.method, wrt, also]), () =>
    passGraph(model, pass),
  );
  const batch = batchSizeOf(model);
  const batches: Arrays[] = [];
  for (let from = 0; from < input.shape[0]!; from += batch) {
    await checkpoint(run);
    const to = Math.min(input.shape[0]!, from + batch);
    const [x, s] = [rows(input, from, to), rows(seed, from, to)];
    const feeds = { [model.input.name]: float32(x.data, x.shape), [seedName]: float32(s.data, s.shape) };
    batches.push(await program.run(feeds));
  }
  const whole = (name: string) => concatenate(batches.map((out) => out[name] as Tensor));
  const all = (values: readonly string[], named: (value: string) => string) =>
    Object.fromEntries(values.map((value) => [value, whole(named(value))]));
  return {
    logits: whole(model.output),
    quantities: all(wrt, quantityAt),
    values: all(also, (value) => value),
  };
}

export const classCount = (model: Classifier): number => model.shapes.get(model.output)!.dims[1]!;

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
