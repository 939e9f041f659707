import { floatOf } from '../../graph/attributes.js';
import { isFloat } from '../../graph/elements.js';
import type { Graph, Node } from '../../graph/graph.js';
import { rewriteNodes } from '../../graph/rewrite.js';
import type { Shapes } from '../../graph/shapes.js';
import { normalised } from './batchnorm.js';

/** A batch statistic of a BatchNormalization, and the running value that it updates. */
export interface Statistic {
  readonly running: string;
  readonly batch: string;
  /** The weight of the old running value in its update. */
  readonly momentum: number;
}

export interface TrainingForward {
  readonly graph: Graph;
  readonly statistics: readonly Statistic[];
  /**
   * Mask input -> the value whose shape it has. A mask is 0 for dropped elements and 1 / (1 - ratio) for the
   * others.
   */
  readonly masks: ReadonlyMap<string, Mask>;
}

export interface Mask {
  readonly like: string;
  readonly ratio: number;
}

/**
 * Converts an inference graph to training mode; values keep their names. BatchNormalization uses the batch's
 * statistics, in the form for `engine`; one whose scale is `frozen` stays as it is. Dropout
 * becomes a product with a mask that is an input.
 */
export function trainingForward(
  inference: Graph,
  shapes: Shapes,
  engine?: string,
  frozen: (parameter: string) => boolean = () => false,
): TrainingForward {
  const statistics: Statistic[] = [];
  const masks = new Map<string, Mask>();
  const graph = rewriteNodes(inference, (node, edit) => {
    if (node.op === 'BatchNormalization' && !frozen(node.inputs[1]!)) {
      const { dims } = shapes.get(node.inputs[0]!)!;
      const { nodes, mean, variance } = normalised(node, dims, edit, engine);
      const momentum = floatOf(node, 'momentum', 0.9);
      statistics.push({ running: node.inputs[3]!, batch: mean, momentum });
      statistics.push({ running: node.inputs[4]!, batch: variance, momentum });
      return nodes;
    }
    if (node.op !== 'Dropout') return node;
    const mask = `sl.mask.${node.name}`;
    masks.set(mask, { like: node.inputs[0]!, ratio: ratioOf(node, inference) });
    return {
      ...node,
      op: 'Mul',
      inputs: [node.inputs[0]!, mask],
      outputs: node.outputs.slice(0, 1),
      attributes: {},
    };
  });
  return { graph, statistics, masks };
}

function ratioOf(node: Node, graph: Graph): number {
  const given = node.inputs[1] ? graph.initializers.get(node.inputs[1]) : undefined;
  return given ? Number(given.data[0]) : 0.5;
}

/** The trainable initializers: floating-point tensors except scalars and running statistics. */
export function trainable(graph: Graph): string[] {
  const running = new Set(
    graph.nodes.flatMap((node) => (node.op === 'BatchNormalization' ? node.inputs.slice(3, 5) : [])),
  );
  return [...graph.initializers]
    .filter(([name, { type, shape }]) => isFloat(type) && shape.length > 0 && !running.has(name))
    .map(([name]) => name);
}
