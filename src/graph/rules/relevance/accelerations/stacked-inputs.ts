import type { Walk } from '../../../backward.js';
import type { ValueShape } from '../../../shapes.js';
import { gradientRules } from '../../gradient/index.js';
import { groupsOf } from '../../window.js';
import type { AtLayer, BranchPass } from '../acceleration.js';
import type { Group } from '../layer-rule.js';
import { inputOf, weightPart } from '../parts.js';

/** Whether parts of a layer's input are faster as one convolution: for images, which have few channels. */
export function isStacked({ layer, walk }: AtLayer): boolean {
  const channels = walk.shape(layer.input).dims[1];
  return layer.node.op === 'Conv' && groupsOf(layer.node) === 1 && channels !== undefined && channels <= 8;
}

/**
 * W1 * x1 + W2 * x2 = [W1 W2] * [x1 x2]: one convolution over the channels of both, instead of two over few
 * channels.
 */
export function stackedInputs({ branches, factor = 1 }: Group, at: AtLayer): BranchPass | undefined {
  const { layer, walk } = at;
  const [one, ...others] = branches;
  const isSplit = branches.every(({ input }) => input === 'positive' || input === 'negative');
  if (!one || others.length === 0 || !isSplit || others.some(({ bias }) => bias) || !isStacked(at)) {
    return undefined;
  }
  const inputs = branches.map((branch) => inputOf(branch, at));
  const input = at.once(inputs.join(), () => walk.concat(inputs, 1));
  const weights = branches.map((branch) => weightPart(layer.weight, branch.weight, walk));
  const weight = walk.concat(weights, 1);
  const bias = one.bias && at.bias ? weightPart(at.bias, one.weight, walk) : undefined;
  const scaled = factor === 1 ? weight : walk.mul(weight, factor);
  const channels = walk.shape(layer.input).dims[1]!;
  const shapes = new Map([
    [input, stacked(walk.shape(layer.input), branches.length)],
    [scaled, stacked(walk.shape(layer.node.inputs[1]!), branches.length)],
  ]);
  const inner: Walk = {
    ...walk,
    shape: (value) => shapes.get(value) ?? walk.shape(value),
    needsGradient: (value) => value === input,
  };
  return {
    input,
    output: () => ({ value: layer.forward(walk, input, weight, bias) }),
    back: (gradient) => gradientRules.Conv({ ...layer.node, inputs: [input, scaled] }, [gradient], inner)[0]!,
    relevance(gradient) {
      const whole = walk.mul(input, gradient);
      const cut = (i: number) => ({ axis: 1, start: i * channels, end: (i + 1) * channels, step: 1 });
      return walk.sumOf(branches.map((_, i) => walk.slice(whole, [cut(i)])));
    },
  };
}

const stacked = (shape: ValueShape, count: number): ValueShape => ({
  ...shape,
  dims: shape.dims.map((n, axis) => (axis === 1 ? n * count : n)),
});
