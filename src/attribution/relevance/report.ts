import { type OptionsOf, readOptions } from '../../base/options.js';
import { quietly, type RunContext } from '../../base/run.js';
import type { Rule } from '../../graph/backward.js';
import type { Node } from '../../graph/graph.js';
import { withinMemory } from '../../model/batch-size.js';
import { type Classifier, classCount } from '../../model/classifier.js';
import { inForm } from '../../model/forms/index.js';
import { borderOf } from '../../model/input/border.js';
import { rowsProgram } from '../../model/rows-program.js';
import type { Tensor } from '../../tensor/tensor.js';
import { explainProgram, oneHot, seedName } from '../program/explain.js';
import { batchOfSums, sumBySample } from '../program/sample-sums.js';
import { lrpOptions, walkOf } from './lrp.js';
import { keyOf, relevanceWalk } from './relevance.js';

/** The relevance that one node receives and passes on, summed over all axes except the batch. */
export interface NodeRelevance {
  /** The node's name. */
  readonly node: string;
  /** Its ONNX operator. */
  readonly operator: string;
  /** The name of the node's output. */
  readonly output: string;
  /** The relevance of its output, one number per sample. */
  readonly received: readonly number[];
  /**
   * The relevance of its inputs, one number per sample. The difference to `received` is absorbed by biases
   * and stabilisers.
   */
  readonly passed: readonly number[];
}

interface Seen {
  readonly node: Node;
  readonly received: string;
  readonly passed: string;
}

const names = { received: 'sl.received', passed: 'sl.passed' };

/**
 * The conservation report of an `lrp` run with the same options: one row per node, from the output to the
 * input. The nodes are those of the merged network, in which BatchNormalization is part of the layer before
 * it. Throws as `attribute` does.
 */
export async function relevanceReport(
  given: Classifier,
  input: Tensor,
  targets: readonly number[],
  options: OptionsOf<typeof lrpOptions> = {},
  run: RunContext = quietly,
): Promise<readonly NodeRelevance[]> {
  const walked = walkOf(readOptions(lrpOptions, options, 'the relevance report'), given);
  const border = borderOf(given);
  const model = inForm(border.model, walked.form);
  const seen: Seen[] = [];
  const observed =
    (node: Node, rule: Rule): Rule =>
    (target, relevance, walk) => {
      const passed = rule(target, relevance, walk);
      const sums = (values: readonly string[], quantities: readonly (string | undefined)[]) =>
        values.flatMap((value, i) => {
          const quantity = quantities[i];
          if (quantity === undefined || value === '' || !walk.needsGradient(value)) return [];
          return [sumBySample(walk, quantity, walk.shape(value))];
        });
      const received = walk.sumOf(sums(node.outputs, relevance));
      const given = sums(node.inputs, passed);
      seen.push({ node, received, passed: given.length > 0 ? walk.sumOf(given) : walk.mul(received, 0) });
      return passed;
    };
  const program = explainProgram(model, {
    outputs(builder, walkBack) {
      const walk = relevanceWalk(model, walked, builder);
      walkBack({
        ...walk,
        ruleFor(node) {
          const rule = walk.ruleFor(node);
          return typeof rule === 'function' ? observed(node, rule) : rule;
        },
      });
      const table = (column: readonly string[]) => builder.concat(column, 1);
      const [received, passed] = [seen.map((row) => row.received), seen.map((row) => row.passed)];
      return { [names.received]: table(received), [names.passed]: table(passed) };
    },
  });
  const columns = await withinMemory(model, async () => {
    const key = `report of ${keyOf(walked)}`;
    const compiled = await rowsProgram(model, key, () => program, targets.length, batchOfSums(model));
    const feeds = { [model.input.name]: border.inner(input), [seedName]: oneHot(targets, classCount(model)) };
    return compiled.run(feeds, run);
  });
  const column = (values: Tensor, i: number) => targets.map((_, row) => values.data[row * seen.length + i]!);
  return seen.map(({ node }, i) => ({
    node: node.name,
    operator: node.op,
    output: node.outputs[0]!,
    received: column(columns[names.received]!, i),
    passed: column(columns[names.passed]!, i),
  }));
}
