import type { AtLayer } from '../acceleration.js';
import type { Group, LayerRule } from '../layer-rule.js';

/** x >= 0: x+ = x, and branches of x- are zero. */
export function inputNotNegative(rule: LayerRule, { layer, facts }: AtLayer): LayerRule {
  if (!facts.nonNegative.has(layer.input)) return rule;
  const of = ({ branches, ...group }: Group): Group => ({
    ...group,
    branches: branches
      .filter(({ input }) => input !== 'negative')
      .map((branch) => (branch.input === 'positive' ? { ...branch, input: 'whole' } : branch)),
  });
  return { ...rule, groups: rule.groups.map(of) };
}

/**
 * R = 0 where y <= 0, before a rectifier: groups for negative outputs are zero, and the others need no
 * condition.
 */
export function outputRectified(rule: LayerRule, at: AtLayer): LayerRule {
  if (!rectified(at)) return rule;
  const groups = rule.groups.filter(({ where }) => where !== 'negative');
  return { ...rule, groups: groups.map((group) => ({ ...group, where: undefined })) };
}

/**
 * The rectified output; undefined where the bias is not used, as the layer's output may then have another
 * sign.
 */
export const rectified = ({ layer, bias, zeroRelevance, walk }: AtLayer) =>
  bias === layer.bias ? zeroRelevance.rectified(layer.output, walk) : undefined;
