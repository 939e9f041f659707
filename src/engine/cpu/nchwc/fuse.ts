import { floatOf } from '../../../graph/attributes.js';
import { numbers } from '../../../graph/elements.js';
import type { Graph, Node } from '../../../graph/graph.js';
import { readersOf } from '../../../graph/order.js';
import { domain } from './layout.js';

/**
 * Fuses a following Add and a following activation into NCHWc convolutions whose output has one reader.
 * `together` tells whether the two operands of Add have the same batch size.
 */
export function fuseNchwc(graph: Graph, together: (a: string, b: string) => boolean): Graph {
  const readers = readersOf(graph);
  const kept = new Set(graph.outputs.map(({ name }) => name));
  const nodes: (Node | undefined)[] = [];
  /** The index in `nodes` of each convolution that may be fused, by the name of its output. */
  const open = new Map<string, number>();
  const append = (node: Node) => {
    const [y] = node.outputs as [string];
    if (isConv(node) && readers.get(y)?.length === 1 && !kept.has(y)) open.set(y, nodes.length);
    nodes.push(node);
  };
  for (const node of graph.nodes) {
    const indices = node.inputs.map((value) => open.get(value) ?? -1);
    const at = Math.max(...indices, -1);
    const conv = nodes[at];
    const fused =
      conv &&
      (node.op === 'Add' ? summed(conv, node, indices.indexOf(at), together) : activated(conv, node, graph));
    if (fused) nodes[at] = undefined;
    append(fused ?? node);
  }
  return { ...graph, nodes: nodes.filter((node) => node !== undefined) };
}

const isConv = (node: Node) => node.domain === domain && node.op === 'Conv';
const isActivated = (node: Node) => node.attributes.activation !== undefined;

function summed(
  conv: Node,
  add: Node,
  index: number,
  together: (a: string, b: string) => boolean,
): Node | undefined {
  const [x, w, bias = '', sum] = conv.inputs as [string, string, string?, string?];
  const other = add.inputs[1 - index]!;
  if (sum !== undefined || isActivated(conv) || other === conv.outputs[0]) return undefined;
  if (!together(conv.outputs[0]!, other)) return undefined;
  return { ...conv, inputs: [x, w, bias, other], outputs: add.outputs };
}

function activated(conv: Node, node: Node, graph: Graph): Node | undefined {
  const parameters = node.domain === '' && !isActivated(conv) ? parametersOf(node, graph) : undefined;
  if (!parameters) return undefined;
  const activation = { kind: 'string', value: node.op } as const;
  const activation_params = { kind: 'floats', value: parameters } as const;
  const attributes = { ...conv.attributes, activation, ...(parameters.length > 0 && { activation_params }) };
  return { ...conv, outputs: node.outputs, attributes };
}

function parametersOf(node: Node, graph: Graph): readonly number[] | undefined {
  switch (node.op) {
    case 'Relu':
    case 'Sigmoid':
    case 'Tanh':
      return [];
    case 'LeakyRelu':
      return [floatOf(node, 'alpha', 0.01)];
    case 'HardSigmoid':
      return [floatOf(node, 'alpha', 0.2), floatOf(node, 'beta', 0.5)];
    case 'Clip': {
      const bounds = node.inputs.slice(1).map((value) => graph.initializers.get(value));
      return bounds.length === 2 && bounds.every((v) => v !== undefined)
        ? bounds.flatMap(numbers)
        : undefined;
    }
    default:
      return undefined;
  }
}
