import type { AtLayer, Output } from '../acceleration.js';
import type { Branch } from '../layer-rule.js';
import { weightPart } from '../parts.js';
import { rectified } from './known-sign.js';

const isOwn = ({ input, bias }: Branch, at: AtLayer) =>
  input === 'whole' && (bias ? at.bias : undefined) === at.layer.bias;

/** The layer's output y, or the rectified one: where y <= 0 there is no relevance to share. */
function own(at: AtLayer): Output {
  const behind = rectified(at);
  return behind?.exact ? { value: behind.output, sign: 'positive' } : { value: at.layer.output };
}

/** W x + b = y, which is computed already. */
export const ownOutput = (branch: Branch, at: AtLayer): Output | undefined =>
  branch.weight === 'whole' && isOwn(branch, at) ? own(at) : undefined;

/** (W + gamma W+) x = y + gamma W+ x, and (W + gamma W-) x = (1 + gamma) y - gamma W+ x. */
export function favouredOutput(branch: Branch, at: AtLayer): Output | undefined {
  const { layer, walk } = at;
  const { weight } = branch;
  if (typeof weight !== 'object' || !isOwn(branch, at)) return undefined;
  const scaled = (value: string) => walk.mul(weightPart(value, 'positive', walk), weight.gamma);
  const favour = layer.forward(walk, layer.input, scaled(layer.weight), layer.bias && scaled(layer.bias));
  if (weight.of === 'negative') return { value: walk.sub(walk.mul(layer.output, 1 + weight.gamma), favour) };
  const y = own(at);
  return { ...y, value: walk.add(y.value, favour) };
}
