import type { RunContext } from '../../base/run.js';
import type { Builder } from '../../graph/builder.js';
import type { Graph } from '../../graph/graph.js';
import { producersOf } from '../../graph/order.js';
import { graphFacts } from '../../graph/rules/relevance/graph-facts.js';
import { type RelevanceChoice, relevanceRules } from '../../graph/rules/relevance/index.js';
import { sameGraphs } from '../../graph/same.js';
import { type Classifier, classCount } from '../../model/classifier.js';
import { type Form, inForm } from '../../model/forms/index.js';
import { sumsOf } from '../../tensor/rows.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { BackwardPass, MapGraph } from '../map-graph.js';
import type { Attribution } from '../method.js';
import { type Explanation, explained, explainProgram, oneHot, seedName } from '../program/explain.js';

export interface Walked {
  readonly form: Form;
  readonly choice: RelevanceChoice;
  /** The relevance at the start: the target's raw output, or 1. */
  readonly start: 'output' | 'one';
}

/** The relevance pass from a classifier's output; with start `one`, from the input of a final softmax. */
export function relevanceWalk(
  { graph, output }: Classifier,
  { choice, start }: Omit<Walked, 'form'>,
  builder: Builder,
): BackwardPass {
  const ruleFor = relevanceRules(graphFacts(graph), choice);
  return start === 'one'
    ? { method: 'relevance', ruleFor, from: scoresOf(graph, output) }
    : { method: 'relevance', ruleFor, start: builder.mul(seedName, output) };
}

/** The input of a final softmax, which has the same argmax; otherwise the output itself. */
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

const mapName = 'sl.relevance';

/**
 * The relevance maps of a batch, with the conservation residual: the relevance at the start minus the sum of
 * the map.
 */
export async function relevance(question: Question, walked: Walked): Promise<Attribution> {
  const model = inForm(question.model, walked.form);
  const { start } = walked;
  const { targets, input, run } = question;
  const { output } = model;
  const classes = classCount(model);
  const found = await explained(model, {
    key: keyOf(walked),
    program: () => relevanceProgram(model, walked),
    ...{ input, seed: oneHot(targets, classes), run },
  });
  const map = found[mapName]!;
  const logits = found[output]!;
  const sums = sumsOf(map);
  const residual = targets.map(
    (target, row) => (start === 'one' ? 1 : logits.data[row * classes + target]!) - sums[row]!,
  );
  return { map, residual, evaluations: { forward: 1, backward: 1 } };
}

/** The output and the relevance of the input, of a model in the form that the walk needs. */
const relevanceProgram = (model: Classifier, walked: Omit<Walked, 'form'>): Explanation => ({
  outputs: (builder, walk) => ({
    [model.output]: model.output,
    [mapName]: walk(relevanceWalk(model, walked, builder))[model.input.name]!,
  }),
});

/** The relevance of the input as a graph; its sum is the target's raw output, or 1. */
export function relevanceGraph(given: Classifier, walked: Walked): MapGraph {
  const model = inForm(given, walked.form);
  return {
    model,
    nodes: (builder, walk) => ({
      map: walk(relevanceWalk(model, walked, builder))[model.input.name]!,
      total: walked.start === 'one' ? seedName : model.output,
    }),
  };
}

/** Whether two choices of rules give a model the same program, and so the same maps. */
export function haveSameProgram(given: Classifier, a: Walked, b: Walked): boolean {
  const programs = [a, b].map((walked) => {
    const model = inForm(given, walked.form);
    return explainProgram(model, relevanceProgram(model, walked));
  });
  return sameGraphs(programs[0]!, programs[1]!);
}

/** The key of a walk's program; equal keys mean equal graphs. */
export const keyOf = ({ choice, start }: Omit<Walked, 'form'>): string =>
  `relevance ${JSON.stringify({ choice, start }, plain)}`;

const plain = (_: string, value: unknown) =>
  ArrayBuffer.isView(value) ? Array.from(value as Float32Array) : value;
