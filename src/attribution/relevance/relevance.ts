import type { RunContext } from '../../base/run.js';
import { runRows } from '../../engine/run-rows.js';
import { type BackwardOptions, backward } from '../../graph/backward.js';
import { extend } from '../../graph/builder.js';
import type { Graph } from '../../graph/graph.js';
import { producersOf } from '../../graph/order.js';
import { graphFacts } from '../../graph/rules/relevance/graph-facts.js';
import { type RelevanceChoice, relevanceRules } from '../../graph/rules/relevance/index.js';
import { type Classifier, classCount } from '../../model/classifier.js';
import { type Form, inForm } from '../../model/forms/index.js';
import { dialect } from '../../model/precision.js';
import { batchSizeOf } from '../../model/predict.js';
import { programOf } from '../../model/programs.js';
import { sumsOf } from '../../tensor/sums.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Attribution } from '../method.js';
import { oneHot } from '../program/backward.js';

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
  const one = start === 'one';
  const seed = one ? names.seed : builder.mul(names.seed, output);
  const found = backward(graph, builder, {
    seeds: { [one ? scoresOf(graph, output) : output]: seed },
    wrt: [input.name],
    ruleFor: wrap(relevanceRules(graphFacts(graph), choice)),
    method: 'relevance',
    shapes,
    engine: dialect(model),
  });
  const map = builder.alias(found[input.name] ?? builder.sub(input.name, input.name), names.map);
  const inputs: Graph['inputs'] = [
    ...graph.inputs,
    { name: names.seed, type: 'float32', shape: ['N', classCount(model)] },
  ];
  return { builder, inputs, outputs: [output, map] };
}

/** What a softmax at the end compares: the winner among these is the winner of the probabilities. */
function scoresOf(graph: Graph, output: string): string {
  const last = producersOf(graph).get(output);
  return last?.op === 'Softmax' || last?.op === 'LogSoftmax' ? last.inputs[0]! : output;
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

const plain = (_: string, value: unknown) =>
  ArrayBuffer.isView(value) ? Array.from(value as Float32Array) : value;
