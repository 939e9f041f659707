import { intOf, stringOf } from './attributes.js';
import { type ByOperator, entryOf, operatorOf } from './catalogue/index.js';
import { numbers } from './elements.js';
import type { Constant, Graph, Node } from './graph.js';
import { dataTypes } from './schema.js';
import { followWholes, standsAbove, type Wholes } from './whole-numbers.js';

/** The values that are non-negative for every input, as far as their operators and constants show. */
export function nonNegativeValues(graph: Graph): ReadonlySet<string> {
  const found = new Set<string>();
  for (const [name, constant] of graph.initializers) {
    if (constant.type !== 'bool' && least(constant) >= 0) found.add(name);
  }
  const wholes: Wholes = new Map();
  const isAbove = (value: string | undefined) => value !== undefined && found.has(value);
  for (const node of graph.nodes) {
    followWholes(node, wholes, isAbove, graph);
    const stands = node.op === 'DequantizeLinear' && node.domain === '';
    if (stands ? standsAbove(node, wholes, isAbove, graph) : staysAbove(node, found, graph)) {
      for (const output of node.outputs) if (output !== '') found.add(output);
    }
  }
  return found;
}

function staysAbove(node: Node, above: ReadonlySet<string>, graph: Graph): boolean {
  const is = (value: string | undefined) => value !== undefined && value !== '' && above.has(value);
  const form = entryOf(signRules, node);
  if (form) return form(node, is, graph);
  switch (operatorOf(node)?.nonNegative) {
    case 'always':
      return true;
    case 'of-first':
      return is(node.inputs[0]);
    case 'of-all':
      return node.inputs.every(is);
    case 'of-any':
      return node.inputs.some(is);
    default:
      return false;
  }
}

type SignRule = (node: Node, is: (value: string | undefined) => boolean, graph: Graph) => boolean;

/** Operators whose sign also depends on their attributes or on the role of each input. */
const signRules: Partial<ByOperator<SignRule>> = {
  Cast: (node, is) => is(node.inputs[0]) && intOf(node, 'to', 1) !== dataTypes.bool,
  Clip: ({ inputs: [x, low] }, is) => is(low) || is(x),
  Mul: ({ inputs }, is) => inputs.every(is) || inputs[0] === inputs[1],
  Pad: ({ inputs: [x, , value] }, is) => is(x) && (!value || is(value)),
  Pow({ inputs: [x, power = ''] }, is, graph) {
    const exponent = graph.initializers.get(power);
    return is(x) || (exponent !== undefined && numbers(exponent).every((e) => e % 2 === 0));
  },
  GridSample: (node, is) => is(node.inputs[0]) && stringOf(node, 'mode', 'linear') !== 'cubic',
  Resize: (node, is) => is(node.inputs[0]) && stringOf(node, 'mode', 'nearest') !== 'cubic',
  Where: ({ inputs: [, a, b] }, is) => is(a) && is(b),
};

function least({ data }: Constant): number {
  let least = Infinity;
  for (let i = 0; i < data.length; i++) least = Math.min(least, Number(data[i]));
  return least;
}
