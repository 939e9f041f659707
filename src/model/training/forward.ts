import { float, floatOf, int } from '../../graph/attributes.js';
import { isFloat } from '../../graph/elements.js';
import type { Graph, Node } from '../../graph/graph.js';

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
 * statistics, and Dropout becomes a product with a mask that is an input.
 */
export function trainingForward(graph: Graph): TrainingForward {
  const statistics: Statistic[] = [];
  const masks = new Map<string, Mask>();
  const nodes = graph.nodes.flatMap((node): Node | Node[] => {
    if (node.op === 'BatchNormalization') {
      const [mean, variance] = [`sl.mean.${node.name}`, `sl.variance.${node.name}`];
      const momentum = floatOf(node, 'momentum', 0.9);
      statistics.push({ running: node.inputs[3]!, batch: mean, momentum });
      statistics.push({ running: node.inputs[4]!, batch: variance, momentum });
      // With momentum 0 the two additional outputs are the batch's own statistics. ONNX Runtime may
      // overwrite the inputs for the running statistics, so they are zeros that nothing else reads.
      const blanks = [node.inputs[3]!, node.inputs[4]!].map((input, i): Node => {
        const name = `sl.blank${i}.${node.name}`;
        return { op: 'Sub', domain: '', name, inputs: [input, input], outputs: [name], attributes: {} };
      });
      const normalise: Node = {
        ...node,
        inputs: [...node.inputs.slice(0, 3), ...blanks.map(({ name }) => name)],
        outputs: [node.outputs[0]!, mean, variance],
        attributes: { ...node.attributes, training_mode: int(1), momentum: float(0) },
      };
      return [...blanks, normalise];
    }
    if (node.op === 'Dropout') {
      const mask = `sl.mask.${node.name}`;
      masks.set(mask, { like: node.inputs[0]!, ratio: ratioOf(node, graph) });
      return {
        ...node,
        op: 'Mul',
        inputs: [node.inputs[0]!, mask],
        outputs: node.outputs.slice(0, 1),
        attributes: {},
      };
    }
    return node;
  });
  return { graph: { ...graph, nodes }, statistics, masks };
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
