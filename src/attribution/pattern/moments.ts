import { checkpoint, type RunContext } from '../../base/run.js';
import { int, intOf } from '../../graph/attributes.js';
import type { Rule, Walk } from '../../graph/backward.js';
import { float32 } from '../../graph/elements.js';
import type { Node } from '../../graph/graph.js';
import { noRule, refused } from '../../graph/refusal.js';
import { gradientRuleOf } from '../../graph/rules/gradient/index.js';
import { activeInputs, type GraphFacts, graphFacts } from '../../graph/rules/relevance/graph-facts.js';
import { kindOf } from '../../graph/rules/relevance/kinds.js';
import { layerOf } from '../../graph/rules/relevance/layer.js';
import { range } from '../../graph/shapes.js';
import { batchSizeOf } from '../../model/batch-size.js';
import type { Classifier } from '../../model/classifier.js';
import { programOf } from '../../model/programs.js';
import { rows, sizeOf, type Tensor } from '../../tensor/tensor.js';
import type { RuleChoice } from '../map-graph.js';
import { explainProgram } from '../program/explain.js';

/** Which cases an estimator averages over: those where the neuron is active, inactive, or all. */
export type Cases = 'positive' | 'negative' | 'all';

/** A layer with weights, or a sum of branches, whose weights are 1. */
interface Layer {
  /** Its node's name. */
  readonly key: string;
  /** Shape of the weights; `[branches, channels]` of a sum. */
  readonly shape: readonly number[];
  /** The axis of `shape` that is the output channel. */
  readonly channel: number;
  /** Values of the weights; none of a sum. */
  readonly weight?: string;
  /** Cases of a channel in one sample. */
  readonly positions: number;
}

/** Sums over the cases of a layer, of each weight's input x and its neuron's output y without bias. */
export interface Moments extends Layer {
  /** Over the estimator's cases, in the weights' shape: sums of x y and of x. */
  readonly xy: Float64Array;
  readonly x: Float64Array;
  /** By output channel: the number of the estimator's cases, and the sum of y over all cases. */
  readonly count: Float64Array;
  readonly y: Float64Array;
  /** The number of all cases of a channel. */
  readonly all: number;
}

/**
 * Runs the data through the model and sums, for each layer with weights and each sum of branches, what the
 * estimators of patterns need.
 */
export async function momentsOf(
  model: Classifier,
  data: Tensor,
  cases: Cases,
  run: RunContext,
): Promise<readonly Moments[]> {
  const layers = new Map<string, Layer>();
  const build = () =>
    explainProgram(model, {
      outputs({ sub }, walkBack) {
        const sums: Record<string, string> = {};
        const ruleFor = measuring(model, cases, layers, sums);
        walkBack({ method: 'patterns', ruleFor, start: sub(model.output, model.output), engine: 'any' });
        return sums;
      },
    });
  // A program that is compiled already is not built again, but its layers have to be known.
  build();
  const program = await programOf(model, `moments of ${cases} cases`, build);
  const count = data.shape[0]!;
  const sums = new Map<string, Float64Array>();
  const step = run.progress.start('estimating patterns', count);
  for (let from = 0; from < count; from += batchSizeOf(model)) {
    await checkpoint(run);
    const part = rows(data, from, Math.min(count, from + batchSizeOf(model)));
    const found = await program.run({ [model.input.name]: float32(part.data, part.shape) });
    for (const [name, { data: values }] of Object.entries(found)) {
      const sum = sums.get(name) ?? new Float64Array(values.length);
      for (let i = 0; i < sum.length; i++) sum[i]! += Number(values[i]!);
      sums.set(name, sum);
    }
    step.advance(part.shape[0]!);
  }
  step.done();
  return [...layers.values()].map((layer) => {
    const of = (what: string) => sums.get(sumName(layer.key, what))!;
    const all = layer.positions * count;
    return { ...layer, xy: of('xy'), x: of('x'), count: of('count'), y: of('y'), all };
  });
}

const sumName = (key: string, what: string) => `sl.sum.${what}.${key}`;

/** The rules of the gradient, which also add, for each layer, the nodes of its sums. */
function measuring(
  { graph }: Classifier,
  cases: Cases,
  layers: Map<string, Layer>,
  sums: Record<string, string>,
): RuleChoice {
  const facts = graphFacts(graph);
  return (node) => {
    const gradient = gradientRuleOf(node);
    if (typeof gradient !== 'function') return gradient;
    const rule: Rule = (target, gradients, walk) => {
      const kind = kindOf(node, walk, facts);
      const isLayer = kind === 'convolution' || kind === 'linear';
      const found = isLayer
        ? ofLayer(target, cases, walk, facts)
        : kind === 'sum'
          ? ofSum(target, cases, walk)
          : undefined;
      if (found !== undefined) {
        layers.set(node.name, { ...found.layer, key: node.name });
        for (const [what, value] of Object.entries(found.sums)) sums[sumName(node.name, what)] = value;
      }
      return gradient(target, gradients, walk);
    };
    return rule;
  };
}

interface Measured {
  readonly layer: Omit<Layer, 'key'>;
  readonly sums: Readonly<Record<'xy' | 'x' | 'count' | 'y', string>>;
}

function ofLayer(node: Node, cases: Cases, walk: Walk, facts: GraphFacts): Measured {
  const layer = layerOf(node, walk, facts);
  const { dims } = layer ? walk.shape(layer.weight) : { dims: [] };
  const channel = weightChannel(node, dims.length);
  if (layer === undefined || channel === undefined)
    throw noRule('patterns', node, refused('the channel of its output among its weights is not known'));
  const y = layer.forward(walk, layer.input, layer.weight, undefined);
  const { mask, sum, positions } = casesOf(cases, layer.output, node, walk);
  const active = walk.sameShape(walk.mul(mask, y), layer.output);
  return {
    layer: { shape: dims, channel, weight: layer.weight, positions },
    sums: { xy: layer.filter(walk, active), x: layer.filter(walk, mask), count: sum(mask), y: sum(y) },
  };
}

/** A sum y of branches is a neuron for each channel, whose inputs are the branches. */
function ofSum(node: Node, cases: Cases, walk: Walk): Measured {
  const y = node.outputs[0]!;
  const branches = activeInputs(node, walk);
  const { dims } = walk.shape(y);
  if (branches.some((branch) => walk.shape(branch).dims.join() !== dims.join()))
    throw noRule('patterns', node, refused('the branches that it adds have different shapes'));
  const { mask, sum, positions, channels } = casesOf(cases, y, node, walk);
  const each = (weight: string) =>
    walk.concat(
      branches.map((branch) => walk.reshape(sum(walk.mul(branch, weight)), [1, channels])),
      0,
    );
  return {
    layer: { shape: [branches.length, channels], channel: 1, positions },
    sums: { xy: each(walk.mul(mask, y)), x: each(mask), count: sum(mask), y: sum(y) },
  };
}

/** The mask of the cases by the output with bias, and sums by channel. */
function casesOf(cases: Cases, output: string, node: Node, walk: Walk) {
  const { dims } = walk.shape(output);
  const axis = channelAxis(node, dims.length);
  const others = range(dims.length).filter((one) => one !== axis);
  const positive = () => walk.where(walk.greater(output, 0), 1, 0);
  const mask = {
    positive,
    negative: () => walk.sub(1, positive()),
    all: () => walk.add(walk.mul(output, 0), 1),
  }[cases]();
  return {
    mask: walk.sameShape(mask, output),
    sum: (value: string) => walk.reduce('ReduceSum', value, others, { keepdims: int(0) }),
    positions: sizeOf(dims) / dims[axis]! / dims[0]!,
    channels: dims[axis]!,
  };
}

/** The channel axis of an output: the last of a matrix product, else the second. */
export const channelAxis = ({ op }: Node, rank: number): number => (op === 'MatMul' ? rank - 1 : 1);

/** The output channel among the axes of the weights; undefined where it is spread over several. */
function weightChannel(node: Node, rank: number): number | undefined {
  switch (node.op) {
    case 'Conv':
      return 0;
    case 'ConvTranspose':
      return intOf(node, 'group', 1) === 1 ? 1 : undefined;
    case 'Gemm':
      return intOf(node, 'transB', 0) ? 0 : 1;
    case 'MatMul':
      return rank === 2 ? 1 : undefined;
    default:
      return undefined;
  }
}
