import { floatOf, intOf, stringOf } from './attributes.js';
import { numbers } from './elements.js';
import type { Constant, Graph, Node } from './graph.js';

/** The values that are never negative whatever the input, as far as their making tells. */
export function nonNegativeValues(graph: Graph): ReadonlySet<string> {
  const found = new Set<string>();
  for (const [name, constant] of graph.initializers) {
    if (constant.type !== 'bool' && least(constant) >= 0) found.add(name);
  }
  for (const node of graph.nodes) {
    if (node.domain === '' && staysAbove(node, found, graph)) {
      for (const output of node.outputs) if (output !== '') found.add(output);
    }
  }
  return found;
}

function staysAbove(node: Node, above: ReadonlySet<string>, graph: Graph): boolean {
  const is = (value: string | undefined) => value !== undefined && value !== '' && above.has(value);
  const constant = (index: number) => graph.initializers.get(node.inputs[index] ?? '');
  const [first] = node.inputs;
  if (always.has(node.op)) return true;
  if (ofFirst.has(node.op)) return is(first);
  if (ofAll.has(node.op)) return node.inputs.every(is);
  switch (node.op) {
    case 'Clip':
      return is(node.inputs[1]) || is(first);
    case 'Max':
      return node.inputs.some(is);
    case 'Mul':
      return node.inputs.every(is) || node.inputs[0] === node.inputs[1];
    case 'Where':
      return is(node.inputs[1]) && is(node.inputs[2]);
    case 'Pow': {
      const exponent = constant(1);
      return is(first) || (exponent !== undefined && numbers(exponent).every((e) => e % 2 === 0));
    }
    case 'Pad':
      return is(first) && (!node.inputs[2] || is(node.inputs[2]));
    case 'Resize':
      return is(first) && stringOf(node, 'mode', 'nearest') !== 'cubic';
    case 'LeakyRelu':
      return is(first) && floatOf(node, 'alpha', 0.01) >= 0;
    case 'Cast':
      return is(first) && intOf(node, 'to', 1) !== 9;
    default:
      return false;
  }
}

function least({ data }: Constant): number {
  let least = Infinity;
  for (let i = 0; i < data.length; i++) least = Math.min(least, Number(data[i]));
  return least;
}

const always = new Set([
  'Relu',
  'Sigmoid',
  'HardSigmoid',
  'Softmax',
  'Softplus',
  'Abs',
  'Exp',
  'Sqrt',
  'ReduceL1',
  'ReduceL2',
  'ReduceSumSquare',
  'LpPool',
  'GlobalLpPool',
]);

/** Of these every output value is one of the first input's, a mean or a sum of some, or keeps their sign. */
const ofFirst = new Set([
  'MaxPool',
  'AveragePool',
  'GlobalAveragePool',
  'GlobalMaxPool',
  'ReduceMean',
  'ReduceSum',
  'ReduceMax',
  'ReduceMin',
  'ReduceProd',
  'TopK',
  'Identity',
  'Dropout',
  'Flatten',
  'Reshape',
  'Squeeze',
  'Unsqueeze',
  'Transpose',
  'Slice',
  'Split',
  'Gather',
  'GatherElements',
  'GatherND',
  'CumSum',
  'Expand',
  'Tile',
  'DepthToSpace',
  'SpaceToDepth',
  'Elu',
  'Selu',
  'Celu',
  'PRelu',
  'Gelu',
  'HardSwish',
  'Mish',
  'Reciprocal',
  'LRN',
]);

/** Of these, never-negative inputs all. */
const ofAll = new Set(['Add', 'Sum', 'Mean', 'Min', 'Div', 'Concat', 'Einsum']);
