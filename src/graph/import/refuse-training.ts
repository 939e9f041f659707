import { unsupported } from '../../base/errors.js';
import { intOf, intsOf } from '../attributes.js';
import { is } from '../catalogue/index.js';
import { numbers } from '../elements.js';
import type { Constant, Graph, Node } from '../graph.js';
import { constantOf, withoutUnused } from '../tidy.js';
import { sampleFree } from './known/fold.js';

/** Throws where an output depends on numbers drawn at random, so that no two runs agree. */
export function refuseDraws(graph: Graph): void {
  const node = drawing(withoutUnused(graph), new Map());
  if (!node) return;
  const how = is(node, 'draws', 'always') ? '' : ' with training_mode = 1';
  throw unsupported(
    `node '${node.name}' (${node.op}${how}) draws numbers at random, so that no two runs agree; export the model for inference`,
  );
}

/** The first node that draws, here or in a subgraph; a Dropout does so in training. */
function drawing(graph: Graph, outer: ReadonlyMap<string, Constant>): Node | undefined {
  const stated = graph.nodes.flatMap((node) => {
    const value = constantOf(node);
    return value ? [[node.outputs[0]!, value] as const] : [];
  });
  const constants = new Map([...outer, ...graph.initializers, ...stated]);
  const scalar = (value: string | undefined, otherwise: number) => {
    if (!value) return otherwise;
    const held = constants.get(value);
    return held && numbers(held)[0];
  };
  for (const node of graph.nodes) {
    if (is(node, 'draws', 'always')) return node;
    const [, ratio, training] = node.inputs;
    if (is(node, 'draws', 'in-training') && scalar(training, 0) !== 0 && scalar(ratio, 0.5) !== 0)
      return node;
    for (const attribute of Object.values(node.attributes)) {
      const found = attribute.kind === 'graph' && drawing(attribute.value, constants);
      if (found) return found;
    }
  }
  return undefined;
}

/**
 * Throws where samples are normalised by batch statistics, so that no sample has an output of its own.
 * Weights that are standardised by their own statistics are allowed.
 */
export function refuseTraining(graph: Graph): void {
  const free = new Set(sampleFree(graph));
  const dependent = graph.nodes.filter(({ outputs }) => !free.has(outputs[0]!));
  const overBatch = dependent.find(
    (n) => n.op === 'MeanVarianceNormalization' && (intsOf(n, 'axes') ?? [0]).includes(0),
  );
  if (overBatch) {
    throw unsupported(
      `node '${overBatch.name}' (MeanVarianceNormalization) takes its statistics from the batch (its axes hold 0, as they do by default): no sample has an output of its own`,
    );
  }
  const node = dependent.find((n) => n.op === 'BatchNormalization' && intOf(n, 'training_mode', 0) === 1);
  if (!node) return;
  throw unsupported(
    `node '${node.name}' (BatchNormalization) has training_mode = 1 and takes its statistics from the batch; export the model for inference`,
  );
}
