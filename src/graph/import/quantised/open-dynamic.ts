import { int } from '../../attributes.js';
import type { Graph, Node } from '../../graph.js';
import { changed, rewriteNodes } from '../../rewrite.js';
import { dataTypes } from '../../schema.js';
import { type Steps, steps } from '../../steps.js';

/**
 * Rewrites products of dynamically quantised values as products of what these dequantise to. Values that
 * other operators read are left as they are.
 */
export function openDynamic(graph: Graph): Graph {
  const readers = (value: string) => graph.nodes.filter(({ inputs }) => inputs.includes(value));
  const isFloatNext = (node: Node) =>
    readers(node.outputs[0]!).every(({ op, attributes: { to } }) => op === 'Cast' && to?.value === 1);
  const opened = graph.nodes.filter((node) => {
    const [values = '', scale = '', zero = ''] = node.outputs;
    const read = [...readers(values), ...readers(zero)];
    const paired = ({ inputs }: Node) => inputs[0] === values && inputs[2] === zero;
    const known = (n: Node) =>
      n.op === 'DequantizeLinear' ? n.inputs[1] === scale : isProduct(n) && isFloatNext(n);
    return node.op === 'DynamicQuantizeLinear' && read.every((n) => paired(n) && known(n));
  });
  if (opened.length === 0) return graph;
  const made = new Set(opened.map(({ outputs }) => outputs[0]!));
  return rewriteNodes(graph, (node, edit) => {
    const s = steps(node, edit);
    const isMade = made.has(node.inputs[0]!);
    if (opened.includes(node)) roundedAndBack(node, s);
    else if (isMade && node.op === 'DequantizeLinear')
      s.emit('Identity', node.inputs.slice(0, 1), {}, node.outputs[0]);
    else if (isMade && isProduct(node)) {
      const [values, weights, , zero] = node.inputs as [string, string, string?, string?];
      const float = (v: string) => s.emit('Cast', [v], { to: int(dataTypes.float32) });
      const factor = zero ? s.sub(float(weights), along(node, float(zero), s)) : float(weights);
      s.emit(
        node.op === 'ConvInteger' ? 'Conv' : 'MatMul',
        [values, factor],
        node.attributes,
        node.outputs[0],
      );
    } else return node;
    return s.nodes;
  });
}

const isProduct = ({ op, domain }: Node) => domain === '' && (op === 'MatMulInteger' || op === 'ConvInteger');

/** A convolution's zero points by output channel, and others, as they broadcast to its weights. */
function along(node: Node, zero: string, { edit, reshape }: Steps): string {
  const [, weights = '', , own = ''] = node.inputs;
  const rank = edit.known(weights)?.shape.length ?? 0;
  const many = (edit.known(own)?.data.length ?? 1) > 1;
  return node.op === 'ConvInteger' && many ? reshape(zero, [-1, ...Array(rank - 1).fill(1)]) : zero;
}

/** Keeps the rounding, of which products read what it dequantises to. Their scale becomes 1. */
function roundedAndBack(node: Node, s: Steps): void {
  const [values, scale] = node.outputs as [string, string];
  const made = ['rounded', 'step', 'zero'].map((what) => s.edit.fresh(`${values}.${what}`));
  s.nodes.push(changed(node, { outputs: made }));
  s.emit('DequantizeLinear', made, {}, values);
  s.emit('Identity', [s.number(1)], {}, scale);
}
