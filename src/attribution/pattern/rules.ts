import { floatOf } from '../../graph/attributes.js';
import type { Rule, Walk } from '../../graph/backward.js';
import { float32 } from '../../graph/elements.js';
import type { Graph, Node } from '../../graph/graph.js';
import { isRefusal, noRule, refused } from '../../graph/refusal.js';
import { gradientRuleOf } from '../../graph/rules/gradient/index.js';
import { activeInputs, graphFacts } from '../../graph/rules/relevance/graph-facts.js';
import { kindOf, type LayerKind } from '../../graph/rules/relevance/kinds.js';
import { layerOf } from '../../graph/rules/relevance/layer.js';
import { pass } from '../../graph/rules/relevance/simple.js';
import type { RuleChoice } from '../map-graph.js';
import { channelAxis } from './moments.js';
import type { Patterns } from './patterns.js';

/** What is propagated: signals by the patterns, or relevance by patterns times weights. */
export type Propagated = 'signal' | 'relevance';

/** Kinds without a pattern through which the methods are not defined. */
const undefinedKinds: readonly LayerKind[] = [
  ...(['product', 'quotient', 'matrix-product', 'softmax', 'log-softmax', 'normalisation'] as const),
];

/**
 * The rules that walk a quantity back through a network by its layers' patterns: layers and sums by their
 * patterns, rectifiers by their gates, pooling and movements as the gradient. What is scaled by a constant
 * outside a layer is divided by it as a signal, and keeps its relevance.
 */
export function patternRules(graph: Graph, patterns: Patterns, propagated: Propagated): RuleChoice {
  const facts = graphFacts(graph);
  const constantOf = (key: string, walk: Walk, shape?: readonly number[]) => {
    const { pattern, weights, shape: own } = patterns.get(key)!;
    const factors = propagated === 'signal' ? pattern : pattern.map((value, i) => value * weights[i]!);
    return walk.constant(float32(Float32Array.from(factors), shape ?? own));
  };
  return (node) => {
    const gradient = gradientRuleOf(node);
    if (typeof gradient !== 'function') return gradient;
    return (target, gradients, walk) => {
      const kind = kindOf(node, walk, facts);
      if (isRefusal(kind)) throw noRule('patterns', node, kind);
      if (undefinedKinds.includes(kind))
        throw noRule(
          'patterns',
          node,
          refused('patterns are defined for layers, sums, rectifiers and pooling'),
        );
      if (kind === 'convolution' || kind === 'linear') {
        const layer = layerOf(target, walk, facts)!;
        const back = layer.back(walk, constantOf(node.name, walk), gradients[0]!);
        return target.inputs.map((value) => (value === layer.input ? back : undefined));
      }
      if (kind === 'sum') return bySum(target, gradients[0]!, walk, constantOf(node.name, walk));
      if (kind === 'scale')
        return propagated === 'signal' ? unscaled(target, gradients, walk) : pass(target, gradients, walk);
      if (kind === 'batch-normalisation')
        return [propagated === 'signal' ? unnormalised(target, gradients[0]!, walk) : gradients[0]!];
      return gradient(target, gradients, walk);
    };
  };
}

/** Each branch gets its own row of the factors `[branches, channels]`. */
function bySum(node: Node, g: string, walk: Walk, factors: string): ReturnType<Rule> {
  const active = activeInputs(node, walk);
  const { dims } = walk.shape(node.outputs[0]!);
  const axis = channelAxis(node, dims.length);
  const byChannel = dims.map((_, i) => (i === axis ? -1 : 1));
  let branch = 0;
  return node.inputs.map((value) => {
    if (!active.includes(value)) return undefined;
    const row = walk.slice(factors, [{ axis: 0, start: branch, end: ++branch, step: 1 }]);
    return walk.mul(g, walk.reshape(row, byChannel));
  });
}

/** y = s x or x / s: the signal of x is that of y over s, or times s. */
function unscaled(node: Node, [g]: readonly (string | undefined)[], walk: Walk): ReturnType<Rule> {
  const [a, b] = node.inputs as [string, string?];
  if (node.op === 'Mul' && b !== undefined)
    return [
      walk.needsGradient(a) ? walk.div(g!, b) : undefined,
      walk.needsGradient(b) ? walk.div(g!, a) : undefined,
    ];
  if (node.op === 'Div' && b !== undefined && walk.needsGradient(a)) return [walk.mul(g!, b), undefined];
  throw noRule('patterns', node, refused('only products with a constant and quotients by one are undone'));
}

/** y = s (x - m) / d + b: the signal of x is that of y times d / s, and 0 where s is. */
function unnormalised(node: Node, g: string, walk: Walk): string {
  const [x, scale, , , variance] = node.inputs as [string, string, string, string, string];
  const spread = walk.sqrt(walk.add(variance, floatOf(node, 'epsilon', 1e-5)));
  const factor = walk.where(walk.equal(scale, 0), 0, walk.div(spread, scale));
  const byChannel = walk.shape(x).dims.map((_, axis) => (axis === 1 ? -1 : 1));
  return walk.mul(g, walk.reshape(factor, byChannel));
}
