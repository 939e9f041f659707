import { unsupported } from '../../base/errors.js';
import { entryOf } from '../../graph/catalogue/index.js';
import type { Graph } from '../../graph/graph.js';
import { Conv, ConvTranspose } from './convolution.js';
import { indexing } from './indexing.js';
import { layout } from './layout.js';
import { linear } from './linear.js';
import { norms } from './norms.js';
import { pointwise } from './pointwise.js';
import { pooling } from './pooling.js';
import { reductions } from './reductions.js';
import type { Operators } from './value.js';

/** Operators by their ONNX names, as opsets 13 to 20 say them. */
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

/** Throws where a graph needs what the table lacks, with the operator's and the node's name. */
export function checkOperators(graph: Graph): void {
  const opset = graph.opsets[''] ?? oldest;
  if (opset < oldest) {
    throw unsupported(`the TensorFlow engine runs opset ${oldest} and later; the graph has opset ${opset}`);
  }
  for (const node of graph.nodes) {
    if (entryOf(operators, node)) continue;
    const { op, domain, name } = node;
    const full = domain === '' ? op : `${domain}.${op}`;
    throw unsupported(`the TensorFlow engine has no operator '${full}' (node '${name}')`);
  }
}
