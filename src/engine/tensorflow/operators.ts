import { unsupported } from '../../base/errors.js';
import { entryOf } from '../../graph/catalogue/index.js';
import type { Graph, Node } from '../../graph/graph.js';
import { Conv, ConvTranspose } from './convolution.js';
import { indexing } from './indexing.js';
import { layout } from './layout.js';
import { linear } from './linear.js';
import { norms } from './norms.js';
import { pointwise } from './pointwise.js';
import { pooling } from './pooling.js';
import { reductions } from './reductions.js';
import type { Operators } from './value.js';

/** The operators by ONNX name, with the semantics of opsets 13 to 20. */
export const operators: Operators = {
  ...layout,
  ...linear,
  ...norms,
  ...indexing,
  ...pointwise,
  ...pooling,
  ...reductions,
  Conv,
  ConvTranspose,
};

const oldest = 13;

/**
 * Throws an unsupported error that names the operator and the node when a graph has an operator that the
 * table lacks, or an opset below 13.
 */
export function checkOperators(graph: Graph): void {
  const opset = graph.opsets[''] ?? oldest;
  if (opset < oldest) {
    throw unsupported(`the TensorFlow engine runs opset ${oldest} and later; the graph has opset ${opset}`);
  }
  const [node] = lackingOperators(graph);
  if (!node) return;
  const { op, domain, name } = node;
  const full = domain === '' ? op : `${domain}.${op}`;
  throw unsupported(`the TensorFlow engine has no operator '${full}' (node '${name}')`);
}

/** The nodes of a graph whose operators the table lacks. */
export const lackingOperators = ({ nodes }: Graph): readonly Node[] =>
  nodes.filter((node) => !entryOf(operators, node));
