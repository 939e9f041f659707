import { type Attributes, float, floatOf } from '../../attributes.js';
import type { Walk } from '../../backward.js';
import type { Node } from '../../graph.js';
import { sizeAtOne } from '../../shapes.js';
import { gradientsOf } from '../gradient/index.js';
import { activeInputs, type GraphFacts, isWeighted, onlyReader } from './graph-facts.js';

/** A convolution or linear layer with constant parameters: y = W x + b. */
export interface LinearLayer {
  readonly node: Node;
  readonly input: string;
  readonly weight: string;
  readonly bias: string | undefined;
  /** y, after the bias, also where a separate Add node adds it. */
  readonly output: string;
  /** The layer's output for other values, without a bias if it is undefined. */
  forward(walk: Walk, input: string, weight: string, bias: string | undefined): string;
  /** W' g: propagates a quantity at the output to the input. */
  back(walk: Walk, weight: string, gradient: string): string;
  /** x g, summed over samples and positions, in the weights' shape: the gradient of the weights. */
  filter(walk: Walk, gradient: string): string;
}

/** The layer of a node; undefined where the node is no layer or its weights depend on the input. */
export function layerOf(node: Node, walk: Walk, facts: GraphFacts): LinearLayer | undefined {
  if (!isWeighted(node)) return undefined;
  const [input, ...others] = activeInputs(node, walk);
  if (input === undefined || others.length > 0) return undefined;
  const at = node.inputs.indexOf(input);
  if (at > 1 || (at === 1 && node.op !== 'MatMul' && node.op !== 'Einsum')) return undefined;
  const own = node.inputs[2] || undefined;
  const behind = own ? undefined : biasBehind(node, walk, facts);
  const scaled = (value: string, attribute: string) => {
    const factor = node.op === 'Gemm' ? floatOf(node, attribute, 1) : 1;
    return factor === 1 ? value : walk.sameShape(walk.mul(value, factor), value);
  };
  const weight = scaled(node.inputs[1 - at]!, 'alpha');
  const attributes: Attributes =
    node.op === 'Gemm' ? { ...node.attributes, alpha: float(1), beta: float(1) } : node.attributes;
  return {
    node,
    input,
    weight,
    bias: own ? scaled(own, 'beta') : behind?.bias,
    output: behind?.output ?? node.outputs[0]!,
    forward({ repeat, sameShape, add }, x, w, b) {
      const inputs = at === 0 ? [x, w] : [w, x];
      if (b && !behind) inputs.push(b);
      const [linear] = repeat({ ...node, attributes }, inputs) as [string];
      sameShape(linear, node.outputs[0]!);
      return b && behind ? sameShape(add(linear, b), behind.output) : linear;
    },
    back(inner, w, gradient) {
      inner.sameShape(w, node.inputs[1 - at]!);
      const linear: Node = { ...node, attributes, inputs: at === 0 ? [input, w] : [w, input] };
      return gradientsOf(linear, [gradient], inner)[at]!;
    },
    filter(inner, gradient) {
      const inputs = at === 0 ? [input, weight] : [weight, input];
      const asked: Walk = { ...inner, needsGradient: (value) => value === weight };
      return gradientsOf({ ...node, attributes, inputs }, [gradient], asked)[1 - at]!;
    },
  };
}

/**
 * The constant and the output of a separate Add node that adds a layer's bias. One that repeats the value, a
 * score against several thresholds, is no bias.
 */
function biasBehind(node: Node, walk: Walk, facts: GraphFacts) {
  const output = node.outputs[0]!;
  const add = onlyReader(output, facts);
  if (add?.op !== 'Add' || add.domain !== '') return undefined;
  const bias = add.inputs[add.inputs[0] === output ? 1 : 0]!;
  const repeats = sizeAtOne(walk.shape(add.outputs[0]!)) !== sizeAtOne(walk.shape(output));
  return walk.needsGradient(bias) || repeats ? undefined : { bias, output: add.outputs[0]! };
}

/** Whether an Add only adds the bias of the layer before it. */
export function isBias(add: Node, walk: Walk, facts: GraphFacts): boolean {
  const [value, ...others] = activeInputs(add, walk);
  const before = value === undefined || others.length > 0 ? undefined : facts.producers.get(value);
  return before !== undefined && layerOf(before, walk, facts)?.output === add.outputs[0];
}
