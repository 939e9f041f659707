import type { Rule, Walk } from '../../backward.js';
import type { Accelerations, AtLayer, BranchPass, Output } from './acceleration.js';
import type { GraphFacts } from './graph-facts.js';
import { type LinearLayer, layerOf } from './layer.js';
import type { Branch, Group, LayerRule } from './layer-rule.js';
import { inputOf, weightPart } from './parts.js';
import { stabilised } from './stabilise.js';
import type { ZeroRelevance } from './zero-relevance.js';

export interface Sharing {
  readonly facts: GraphFacts;
  readonly zeroRelevance: ZeroRelevance;
  /** Whether the bias's share of relevance goes to the inputs instead. */
  readonly zeroBias: boolean;
}

/** Propagates relevance through a convolution or linear layer by `rule`. */
export function shareByLayer(rule: LayerRule, sharing: Sharing, by: Accelerations): Rule {
  return (node, [relevance], walk) => {
    const layer = layerOf(node, walk, sharing.facts)!;
    const made = new Map<unknown, string>();
    const once = (key: unknown, make: () => string) => {
      const found = made.get(key) ?? make();
      made.set(key, found);
      return found;
    };
    const bias = sharing.zeroBias ? undefined : layer.bias;
    const at: AtLayer = { ...sharing, layer, walk, relevance: relevance!, bias, once };
    const shorter = by.rules.reduce((given, to) => to(given, at), rule);
    const total = first(by.relevance, shorter, at) ?? relevanceOf(shorter, at, by);
    return node.inputs.map((v) => (v === layer.input ? total : undefined));
  };
}

/**
 * R_in = sum over groups and branches of  x * factor W' (R / (z + epsilon sign z)). Branches with the same x
 * share one product.
 */
function relevanceOf(rule: LayerRule, at: AtLayer, by: Accelerations): string {
  const { walk, layer } = at;
  const inputs = new Map<string, { readonly pass: BranchPass; readonly gradients: string[] }>();
  let before: Output | undefined;
  for (const group of rule.groups.filter(({ factor }) => factor !== 0)) {
    const one = first(by.pass, group, at);
    const passes = one ? [one] : group.branches.map((branch) => passOf(branch, group, at, by));
    const z: Output = first(by.z, group, before, at) ?? sumOf(passes, walk);
    before = z;
    const stable = stabilised(walk, z.value, rule.epsilon, z.sign ?? group.sign, perChannel(layer, walk));
    const share = walk.sameShape(walk.div(whereSign(group, at), stable), layer.node.outputs[0]!);
    for (const pass of passes) {
      const gradient = pass.minus ? walk.neg(pass.back(share)) : pass.back(share);
      const known = inputs.get(pass.input) ?? { pass, gradients: [] };
      known.gradients.push(gradient);
      inputs.set(pass.input, known);
    }
  }
  return walk.sumOf([...inputs.values()].map(({ pass, gradients }) => pass.relevance(walk.sumOf(gradients))));
}

/** A branch as it is defined: its part of the input, through its part of the weights. */
function passOf(branch: Branch, { factor = 1 }: Group, at: AtLayer, by: Accelerations): BranchPass {
  const { walk, layer } = at;
  const input = inputOf(branch, at);
  const weight = weightPart(layer.weight, branch.weight, walk);
  const bias = () => (branch.bias && at.bias ? weightPart(at.bias, branch.weight, walk) : undefined);
  return {
    // The w^2 and flat rules depend on the weights alone.
    ...(branch.input === 'ones'
      ? { input: '', relevance: (gradient) => gradient }
      : { input, relevance: (gradient) => walk.mul(input, gradient) }),
    minus: branch.minus,
    output: () => first(by.output, branch, at) ?? { value: layer.forward(walk, input, weight, bias()) },
    back: (gradient) => layer.back(walk, factor === 1 ? weight : walk.mul(weight, factor), gradient),
  };
}

/** z; its sign is known where one pass computes it. */
function sumOf(passes: readonly BranchPass[], walk: Walk): Output {
  const [one, ...others] = passes.map((pass) => ({ minus: pass.minus, ...pass.output() }));
  const add = (sum: string, { value, minus }: (typeof others)[number]) =>
    walk.emit(minus ? 'Sub' : 'Add', [sum, value]);
  return others.length === 0 ? one! : { value: others.reduce(add, one!.value) };
}

/** R where the layer's own output, without a bias that is not used, has the group's sign, else 0. */
function whereSign({ where }: Group, { layer, bias, relevance, walk, once }: AtLayer): string {
  if (!where) return relevance;
  const unbiased = () => layer.forward(walk, layer.input, layer.weight, bias);
  const own = bias === layer.bias ? layer.output : once('unbiased', unbiased);
  return walk.where(where === 'positive' ? walk.greater(own, 0) : walk.less(own, 0), relevance, 0);
}

/** The shape of a constant per channel, which an engine can merge into a convolution's bias. */
function perChannel({ node }: LinearLayer, walk: Walk): readonly number[] {
  const { dims } = walk.shape(node.outputs[0]!);
  return dims.length > 2 ? [dims[1]!, ...dims.slice(2).map(() => 1)] : [];
}

/** The first result that is not undefined. */
function first<T extends readonly unknown[], R>(
  forms: readonly ((...given: T) => R | undefined)[],
  ...given: T
) {
  for (const form of forms) {
    const found = form(...given);
    if (found !== undefined) return found;
  }
  return undefined;
}
