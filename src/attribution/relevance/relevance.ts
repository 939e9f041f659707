import { checkpoint, type RunContext } from '../../base/run.js';
import type { Arrays, Program } from '../../engine/engine.js';
import { type BackwardOptions, backward } from '../../graph/backward.js';
import { extend } from '../../graph/builder.js';
import { float32 } from '../../graph/elements.js';
import type { Graph } from '../../graph/graph.js';
import { type RelevanceChoice, relevanceRules } from '../../graph/rules/relevance/index.js';
import { surroundingsOf } from '../../graph/rules/relevance/surroundings.js';
import type { Classifier } from '../../model/classifier.js';
import { batchSizeOf } from '../../model/predict.js';
import { programOf } from '../../model/programs.js';
import { concatenate, rows, sizeOf, type Tensor } from '../../tensor/tensor.js';
import { classCount, oneHot } from '../backward.js';
import type { Attribution } from '../method.js';
import { type Form, inForm } from './canonical.js';

export interface Walked {
  readonly form: Form;
  readonly choice: RelevanceChoice;
  /** Relevance starts as the target's raw output, or as one. */
  readonly start: 'output' | 'one';
}

export const names = { seed: 'sl.seed', map: 'sl.relevance' };

/** The canonical classifier and one relevance walk from its output as a single graph. */
export function relevanceGraph(
  model: Classifier,
  { choice, start }: Omit<Walked, 'form'>,
  wrap: (rules: BackwardOptions['ruleFor']) => BackwardOptions['ruleFor'] = (rules) => rules,
) {
  const { graph, output, input, shapes } = model;
  const builder = extend(graph);
  const seed = start === 'one' ? names.seed : builder.emit('Mul', [names.seed, output]);
  const found = backward(graph, builder, {
    seeds: { [output]: seed },
    wrt: [input.name],
    ruleFor: wrap(relevanceRules(surroundingsOf(graph), choice)),
    method: 'relevance',
    shapes,
  });
  const map = builder.alias(found[input.name] ?? builder.emit('Sub', [input.name, input.name]), names.map);
  const inputs: Graph['inputs'] = [
    ...graph.inputs,
    { name: names.seed, type: 'float32', shape: ['N', classCount(model)] },
  ];
  return { builder, inputs, outputs: [output, map] };
}

export interface Question {
  readonly model: Classifier;
  readonly input: Tensor;
  readonly targets: readonly number[];
  readonly run: RunContext;
}

/** One relevance run over a batch, with what is lost on the way: start less sum of the map. */
export async function relevance(question: Question, walked: Walked): Promise<Attribution> {
  const model = inForm(question.model, walked.form);
  const { choice, start } = walked;
  const program = await programOf(model, `relevance ${JSON.stringify({ choice, start }, plain)}`, () => {
    const { builder, inputs, outputs } = relevanceGraph(model, walked);
    return builder.finish(
      inputs,
      outputs.map((name) => ({ name, type: 'float32' })),
    );
  });
  const { targets, input } = question;
  const classes = classCount(model);
  const result = await runRows(
    program,
    { [model.input.name]: input, [names.seed]: oneHot(targets, classes) },
    batchSizeOf(model),
    question.run,
  );
  const map = result[names.map]!;
  const logits = result[model.output]!;
  const sums = sumsOf(map);
  const residual = targets.map(
    (target, row) => (start === 'one' ? 1 : logits.data[row * classes + target]!) - sums[row]!,
  );
  return { map, residual, evaluations: { forward: 1, backward: 1 } };
}

/** Runs a program over feeds of equally many rows, some at a time, and joins what comes out. */
export async function runRows(
  program: Pick<Program, 'run'>,
  feeds: Readonly<Record<string, Tensor>>,
  batch: number,
  run: RunContext,
): Promise<Record<string, Tensor>> {
  const count = Object.values(feeds)[0]!.shape[0]!;
  const batches: Arrays[] = [];
  for (let from = 0; from < count; from += batch) {
    await checkpoint(run);
    const to = Math.min(count, from + batch);
    const part = Object.entries(feeds).map(([name, feed]) => {
      const { data, shape } = rows(feed, from, to);
      return [name, float32(data, shape)] as const;
    });
    batches.push(await program.run(Object.fromEntries(part)));
  }
  const outputs = Object.keys(batches[0] ?? {});
  return Object.fromEntries(
    outputs.map((name) => [name, concatenate(batches.map((batch) => batch[name] as Tensor))]),
  );
}

/** The sum of each row, in double precision. */
export function sumsOf({ data, shape }: Tensor): number[] {
  const size = sizeOf(shape.slice(1));
  return Array.from({ length: shape[0]! }, (_, row) => {
    let total = 0;
    for (let i = row * size; i < (row + 1) * size; i++) total += data[i]!;
    return total;
  });
}

const plain = (_: string, value: unknown) =>
  ArrayBuffer.isView(value) ? Array.from(value as Float32Array) : value;
