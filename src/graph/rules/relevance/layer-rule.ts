import { usageError } from '../../../base/errors.js';
import type { Rule, Walk } from '../../backward.js';
import { int64, scalar } from '../../elements.js';
import type { Constant } from '../../graph.js';
import type { GraphFacts } from './graph-facts.js';
import { isJoined, type Joined, joined } from './joined.js';
import type { Layer } from './layer.js';
import { layerOf } from './layer.js';
import { signedGamma } from './signed-gamma.js';
import { stabilised } from './stabilise.js';
import type { ZeroRelevance } from './zero-relevance.js';

/**
 * A relevance rule of layers as data, for one algorithm. Each group shares out `factor` times the relevance: a branch
 * is the layer run again on a part of its input with a part of its weights and bias, z is the sum of the branches, and
 *
 *   R_in = sum over groups and branches of  sign input * (factor W') (R / stabilised(z)).
 */
export interface LayerRule {
  readonly groups: readonly Group[];
  readonly epsilon: number;
  /** Set where the groups are the gamma rule's, which has a shorter form for inputs of both signs. */
  readonly gamma?: number;
}

export interface Group {
  readonly factor?: number;
  readonly branches: readonly Branch[];
  /** The sign that every z has by construction. */
  readonly sign?: 'positive' | 'negative';
  /** Shares out only where the layer's own output has this sign. */
  readonly where?: 'positive' | 'negative';
  /** Its z is what the layer's output leaves over that of the group before, and negative. */
  readonly rest?: true;
}

export interface Branch {
  readonly input: 'whole' | 'positive' | 'negative' | 'ones' | Bound;
  readonly weight: WeightPart;
  readonly bias: boolean;
  readonly minus?: boolean;
}

/** A bound of the input: one number, one for each channel, or one for each value of a sample. */
export type Bound = Constant;

/** `gamma` favours the weights of one sign: w + gamma w+ or w + gamma w-. */
export type WeightPart =
  | 'whole'
  | 'positive'
  | 'negative'
  | 'square'
  | 'ones'
  | { readonly gamma: number; readonly of: 'positive' | 'negative' };

export interface Sharing {
  readonly facts: GraphFacts;
  readonly zeroRelevance: ZeroRelevance;
  /** Relevance that the bias would keep goes to the inputs. */
  readonly zeroBias: boolean;
}

/** Relevance by `rule` through a convolution or linear layer. */
export function shareByLayer(rule: LayerRule, sharing: Sharing): Rule {
  return (node, [relevance], walk) => {
    const { div, emit, neg, mul } = walk;
    const layer = layerOf(node, walk, sharing.facts)!;
    const known = sharing.facts.nonNegative.has(layer.input);
    // Without its bias the layer's output may have another sign, behind a rectifier as well.
    const free = sharing.zeroBias && layer.bias !== undefined;
    const rectified = free ? undefined : sharing.zeroRelevance.rectified(layer.output, walk);
    const signed = free && rule.groups.some(({ where }) => where);
    const own = signed ? layer.forward(walk, layer.input, layer.weight, undefined) : layer.output;
    const shares = new Map<string, string[]>();
    const joins = new Map<string, string>();
    const split = new Map<Branch['input'], string>();
    const inputOf = (part: Branch['input']) => {
      const found = split.get(part) ?? inputPart(layer.input, part, walk);
      split.set(part, found);
      return found;
    };
    const sums = new Map<string, Joined['sum']>();
    const add = (input: string, gradient: string) =>
      shares.set(input, [...(shares.get(input) ?? []), gradient]);
    const channels = channelsOf(walk.shape(node.outputs[0]!).dims);
    const stable = (asked: string, z: string, sign: Group['sign']) =>
      walk.sameShape(div(asked, stabilised(walk, z, rule.epsilon, sign, channels)), node.outputs[0]!);
    if (rule.gamma !== undefined && !known && !free && !isJoined(layer, walk)) {
      const total = signedGamma(layer, relevance!, { gamma: rule.gamma, epsilon: rule.epsilon }, walk);
      return node.inputs.map((v) => (v === layer.input ? total : undefined));
    }
    let before: string | undefined;
    const zOf = (group: Group, made: string) => {
      const single = group.rest && before !== undefined && !free && walk.engine === 'cpu';
      before = single ? restOf(own, before!, walk) : made;
      return before;
    };
    for (const group of rule.groups) {
      if (group.factor === 0 || (rectified && group.where === 'negative')) continue;
      const asked = rectified ? relevance! : whereSign(walk, relevance!, own, group.where);
      const { factor } = group;
      const branches = group.branches.filter((b) => !(known && b.input === 'negative'));
      const parts = branches.map((branch) => ({
        branch,
        input: inputOf(known && branch.input === 'positive' ? 'whole' : branch.input),
        weight: weightPart(layer.weight, branch.weight, walk),
      }));
      const one = joinedGroup(layer, parts, sharing.zeroBias, walk, joins);
      if (one) {
        sums.set(one.input, one.sum);
        add(one.input, one.back(stable(asked, zOf(group, one.output), group.sign), factor));
        continue;
      }
      const runs = parts.map((part) => {
        const run = { ...part, layer, rectified: rectified?.exact ? rectified.output : undefined };
        return { ...run, ...outputOf(run, walk, sharing.zeroBias) };
      });
      const z = runs
        .map(({ output, branch }) => ({ output, minus: branch.minus }))
        .reduce((a, b) => ({
          output: emit(b.minus ? 'Sub' : 'Add', [a.output, b.output]),
          minus: false,
        }));
      const sign = runs.length === 1 ? (runs[0]!.sign ?? group.sign) : group.sign;
      const share = stable(asked, zOf(group, z.output), sign);
      for (const { branch, input, weight } of runs) {
        const gradient = layer.back(walk, factor === undefined ? weight : walk.mul(weight, factor), share);
        const signed = branch.minus ? neg(gradient) : gradient;
        // The square and flat rules look at weights alone.
        add(branch.input === 'ones' ? '' : input, signed);
      }
    }
    const total = [...shares]
      .map(([input, gradients]) => {
        const sum = walk.sumOf(gradients);
        const relevance = input === '' ? sum : mul(input, sum);
        return sums.get(input)?.(relevance) ?? relevance;
      })
      .reduce((a, b) => walk.add(a, b));
    return node.inputs.map((v) => (v === layer.input ? total : undefined));
  };
}

/** So much of the positive part of a sum, in single precision, what is left over of the sum may be wrong by. */
const ROUNDING = 1e-6;

/** y - z, which is negative: a difference costs less than another pass, and where it is all rounding it is at least that. */
const restOf = (y: string, z: string, walk: Walk): string => walk.min(walk.sub(y, z), walk.mul(z, -ROUNDING));

/** Something for every channel of a convolution's output can become a part of its bias. */
const channelsOf = (dims: readonly number[]): readonly number[] =>
  dims.length > 2 ? [dims[1]!, ...dims.slice(2).map(() => 1)] : [];

/** Branches on the positive and on the negative part of the input, made in one pass where that is faster. */
function joinedGroup(
  layer: Layer,
  parts: readonly { readonly branch: Branch; readonly input: string; readonly weight: string }[],
  zeroBias: boolean,
  walk: Walk,
  inputs: Map<string, string>,
): Joined | undefined {
  const [first, ...others] = parts;
  const split = parts.every(({ branch }) => branch.input === 'positive' || branch.input === 'negative');
  if (!first || others.length === 0 || !split || others.some(({ branch }) => branch.bias)) return undefined;
  const bias = first.branch.bias && !zeroBias ? layer.bias : undefined;
  return joined(layer, parts, bias && weightPart(bias, first.branch.weight, walk), walk, inputs);
}

interface Run {
  readonly layer: Layer;
  readonly branch: Branch;
  readonly input: string;
  readonly weight: string;
  /** The layer's output where it is positive, and zero elsewhere, where there is no relevance either. */
  readonly rectified: string | undefined;
}

/** What a branch makes. The layer's own output is there already, and favouring weights of one sign adds to it. */
function outputOf(
  { layer, branch, input, weight, rectified }: Run,
  walk: Walk,
  zeroBias: boolean,
): { readonly output: string; readonly sign?: 'positive' } {
  const { sub, add } = walk;
  const bias = branch.bias && !zeroBias ? layer.bias : undefined;
  const made = branch.weight;
  const own = input === layer.input && bias === layer.bias;
  if (own && made === 'whole') {
    return rectified ? { output: rectified, sign: 'positive' } : { output: layer.output };
  }
  if (own && typeof made === 'object') {
    // y + gamma y+ where contributions of weights w+ are y+, and y + gamma y- = (1 + gamma) y - gamma y+.
    const scaled = (value: string) => walk.mul(weightPart(value, 'positive', walk), made.gamma);
    const favour = layer.forward(walk, input, scaled(layer.weight), bias && scaled(bias));
    if (made.of === 'negative') {
      return { output: sub(walk.mul(layer.output, 1 + made.gamma), favour) };
    }
    const output = add(rectified ?? layer.output, favour);
    return rectified ? { output, sign: 'positive' } : { output };
  }
  return { output: layer.forward(walk, input, weight, bias && weightPart(bias, made, walk)) };
}

function inputPart(x: string, part: Branch['input'], walk: Walk): string {
  const { relu, min } = walk;
  const zero = () => walk.constant(scalar(0));
  if (part === 'whole') return x;
  if (part === 'positive') return walk.sameShape(relu(x), x);
  if (part === 'negative') return walk.sameShape(min(x, zero()), x);
  return everywhere(part === 'ones' ? walk.constant(scalar(1)) : bound(part, x, walk), x, walk);
}

/** A value spread over the shape of `x` for one sample, or for all where a sample is more than one row. */
function everywhere(value: string, x: string, walk: Walk): string {
  const { dims, batchAxis } = walk.shape(x);
  const one = batchAxis === undefined || dims[batchAxis] === 1;
  const shape = one ? walk.constant(int64(dims)) : walk.shapeOf(x);
  return walk.sameShape(walk.emit('Expand', [value, shape]), x);
}

function bound(value: Bound, x: string, walk: Walk): string {
  const { dims } = walk.shape(x);
  const perChannel = value.shape.length === 1 && dims.length > 2;
  const shape = perChannel ? [value.shape[0]!, ...dims.slice(2).map(() => 1)] : value.shape;
  const inner = dims.slice(dims.length - shape.length);
  if (shape.length > dims.length || shape.some((n, axis) => n !== 1 && n !== inner[axis])) {
    throw usageError(
      `a bound of shape [${value.shape}] does not fit the first layer's input [N,${dims.slice(1)}]`,
    );
  }
  return walk.constant({ ...value, shape });
}

function weightPart(w: string, part: WeightPart, walk: Walk): string {
  const { relu, min, mul, emit, shapeOf, add } = walk;
  const signed = (sign: 'positive' | 'negative') => (sign === 'positive' ? relu(w) : min(w, 0));
  if (part === 'whole') return w;
  if (part === 'square') return mul(w, w);
  if (part === 'ones') return emit('Expand', [walk.constant(scalar(1)), shapeOf(w)]);
  if (typeof part === 'string') return signed(part);
  return add(w, walk.mul(signed(part.of), part.gamma));
}

function whereSign(
  { constant, emit, where }: Walk,
  relevance: string,
  y: string,
  sign: Group['where'],
): string {
  if (!sign) return relevance;
  const zero = constant(scalar(0));
  const is = emit(sign === 'positive' ? 'Greater' : 'Less', [y, zero]);
  return where(is, relevance, zero);
}
