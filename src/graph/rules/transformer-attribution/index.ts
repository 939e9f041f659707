import { unsupported } from '../../../base/errors.js';
import type { Rule, Walk } from '../../backward.js';
import { unbroadcast } from '../../backward.js';
import type { Node } from '../../graph.js';
import { isRefusal, noRule } from '../../refusal.js';
import { range, sizeAtOne } from '../../shapes.js';
import { gradientsOf } from '../gradient/index.js';
import type { GraphFacts } from '../relevance/graph-facts.js';
import { kindOf, type LayerKind } from '../relevance/kinds.js';
import { signalTakesAll } from '../relevance/product.js';
import { factorsOf, follow, pass, toNumerator } from '../relevance/simple.js';
import { boxOfImage } from './box.js';
import { positiveContributions } from './positive.js';
import { safeQuotient } from './quotient.js';

/**
 * The relevance rules of Chefer, Gur, Wolf 2021 (arXiv:2012.09838, Transformer-Explainability at commit
 * c3e578f, alpha 1). Linear layers share by positive contributions without biases. Normalisations, softmax
 * and activations pass relevance on. The factors of a matrix product get equal parts. Each branch of a sum
 * gets the part that its total has. `depends` holds the values that depend on the input, whether or not their
 * relevance is needed.
 */
export function cheferRules(
  facts: GraphFacts,
  depends: ReadonlySet<string>,
): (node: Node) => Rule | undefined {
  const layers = positiveContributions(facts);
  const rules = rulesByKind(facts);
  return (node) => {
    if (node.domain !== '') return undefined;
    return (target, relevance, walk) => {
      const whole: Walk = {
        ...walk,
        needsGradient: (value) => depends.has(value) || walk.needsGradient(value),
      };
      const kind = kindOf(node, whole, facts);
      if (isRefusal(kind)) throw noRule('transformer-attribution', node, kind);
      if (kind === 'convolution' && facts.first.has(node)) return boxOfImage(facts)(target, relevance, whole);
      if (kind === 'convolution' || kind === 'linear') return layers(target, relevance, whole);
      const isBranching = node.op === 'Add' && (kind === 'sum' || kind === 'shift');
      return (isBranching ? byTotals : rules[kind])(target, relevance, whole);
    };
  };
}

function rulesByKind(
  facts: GraphFacts,
): Readonly<Record<Exclude<LayerKind, 'convolution' | 'linear'>, Rule>> {
  return {
    bias: pass,
    shift: share,
    scale: pass,
    activation: pass,
    sum: share,
    average: share,
    maximum: follow,
    shape: follow,
    product: signalTakesAll(facts),
    quotient: toNumerator,
    'matrix-product': equalParts,
    softmax: pass,
    'log-softmax': pass,
    normalisation: pass,
    'batch-normalisation': pass,
  };
}

/** R_i = x_i dy/dx_i R / y */
function share(node: Node, [relevance]: readonly (string | undefined)[], walk: Walk) {
  const y = node.outputs[0]!;
  const each = walk.sameShape(safeQuotient(walk, relevance!, y), y);
  return gradientsOf(node, [each], walk).map((gradient, i) =>
    gradient === undefined ? undefined : walk.mul(node.inputs[i]!, gradient),
  );
}

function equalParts(node: Node, [relevance]: readonly (string | undefined)[], walk: Walk) {
  const part = walk.mul(relevance!, 1 / factorsOf(node, walk));
  return share(node, [walk.sameShape(part, node.outputs[0]!)], walk);
}

/**
 * y = a + b: r_a = a R / y and r_b = b R / y; then r_a is scaled such that its sum over a sample is |sum r_a|
 * / (|sum r_a| + |sum r_b|) sum R, and r_b likewise (equations 10 and 11).
 */
const byTotals: Rule = (node, [relevance], walk) => {
  const { mul, reduce, abs, add } = walk;
  const y = node.outputs[0]!;
  const flat = flattened(walk, y);
  const each = safeQuotient(walk, relevance!, y);
  const shares = node.inputs.map((x) => flat.down(mul(x, each)));
  const sums = shares.map((value) => reduce('ReduceSum', value, flat.axes));
  const sizes = sums.map((sum) => abs(sum));
  const all = add(sizes[0]!, sizes[1]!);
  const total = reduce('ReduceSum', flat.down(relevance!), flat.axes);
  return node.inputs.map((x, i) => {
    if (!walk.needsGradient(x)) return undefined;
    const part = mul(safeQuotient(walk, sizes[i]!, all), total);
    const scaled = mul(shares[i]!, safeQuotient(walk, part, sums[i]!));
    return unbroadcast(walk, walk.sameShape(flat.up(scaled), y), x, y);
  });
};

/**
 * Reshapes values to one row per sample where possible; `axes` are the axes of one sample. Throws where
 * samples cannot be told apart.
 */
function flattened(walk: Walk, y: string) {
  const { reshape, reshapeLike } = walk;
  const shape = walk.shape(y);
  const { dims, batchAxis } = shape;
  if (batchAxis === 0 && dims[0] === 1) {
    return {
      axes: [1],
      down: (value: string) => reshape(value, [-1, sizeAtOne(shape)]),
      up: (value: string) => reshapeLike(value, y),
    };
  }
  if (batchAxis === undefined || dims[batchAxis] !== 1) {
    throw unsupported(`transformer-attribution cannot tell the samples of value '${y}' [${dims}] apart`);
  }
  const same = (value: string) => value;
  return { axes: range(dims.length).filter((axis) => axis !== batchAxis), down: same, up: same };
}
