import type { Rule, Walk } from '../../backward.js';
import type { AtLayer, BranchPass, Output, Sharing } from './acceleration.js';
import { type Accelerations, atLayer, firstOf } from './acceleration.js';
import { layerOf } from './layer.js';
import type { Branch, Group, LayerRule } from './layer-rule.js';
import { inputOf, relevanceOf, weightPart } from './parts.js';
import { perChannel, stabilised } from './stabilise.js';

/** Propagates relevance through a convolution or linear layer by `rule`. */
export const shareByLayer =
  (rule: LayerRule, sharing: Sharing, by: Accelerations): Rule =>
  (node, [relevance], walk) => {
    const layer = layerOf(node, walk, sharing.facts)!;
    const at = atLayer(layer, relevance!, walk, sharing);
    const shorter = by.rules.reduce((given, to) => to(given, at), rule);
    const total = firstOf(by.relevance, shorter, at) ?? sumOver(shorter, at, by);
    return node.inputs.map((v) => (v === layer.input ? total : undefined));
  };

/**
 * R_in = sum over groups and branches of  x * factor W' (R / (z + epsilon sign z)). Branches with the same x
 * share one product.
 */
function sumOver(rule: LayerRule, at: AtLayer, by: Accelerations): string {
  const { walk, layer } = at;
  const y = layer.node.outputs[0]!;
  const inputs = new Map<string, { readonly pass: BranchPass; readonly gradients: string[] }>();
  let before: Output | undefined;
  for (const group of rule.groups.filter(({ factor }) => factor !== 0)) {
    const one = firstOf(by.pass, group, at);
    const passes = one ? [one] : group.branches.map((branch) => passOf(branch, group, at, by));
    const z: Output = firstOf(by.z, group, before, at) ?? outputOf(passes, walk);
    before = z;
    const stable = stabilised(walk, z.value, rule.epsilon, z.sign ?? group.sign, perChannel(walk.shape(y)));
    const share = walk.sameShape(walk.div(relevanceOf(group, at), stable), y);
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
    output: () => firstOf(by.output, branch, at) ?? { value: layer.forward(walk, input, weight, bias()) },
    back: (gradient) => layer.back(walk, factor === 1 ? weight : walk.mul(weight, factor), gradient),
  };
}

/** z; its sign is known where one pass computes it. */
function outputOf(passes: readonly BranchPass[], walk: Walk): Output {
  const [one, ...others] = passes.map((pass) => ({ minus: pass.minus, ...pass.output() }));
  const add = (sum: string, { value, minus }: (typeof others)[number]) =>
    walk.emit(minus ? 'Sub' : 'Add', [sum, value]);
  return others.length === 0 ? one! : { value: others.reduce(add, one!.value) };
}
