import { int, intsOf } from '../../graph/attributes.js';
import type { Builder } from '../../graph/builder.js';
import { is } from '../../graph/catalogue/index.js';
import { float32, int64 } from '../../graph/elements.js';
import type { Graph, Node, Value } from '../../graph/graph.js';
import { dependents } from '../../graph/order.js';
import { type Classifier, classCount } from '../../model/classifier.js';
import { inForm } from '../../model/forms/index.js';
import { programOf } from '../../model/programs.js';
import type { Tensor } from '../../tensor/tensor.js';
import { gradient } from './backward.js';
import { explainProgram, oneHot, seedName } from './explain.js';

export interface LinearCombinations {
  /** `[S, ...]` */
  readonly sources: Tensor;
  /** The weight of each source in each of the N inputs, `[N, S]`. */
  readonly mix: Tensor;
  /** The target of each of the N inputs. */
  readonly targets: readonly number[];
  /** The weight of each input's gradient in each of the M sums, `[M, N]`. */
  readonly collect: Tensor;
}

export interface CombinedGradients {
  /** Raw outputs `[N, K]`. */
  readonly logits: Tensor;
  /** `[M, ...]` */
  readonly sums: Tensor;
}

const names = { sources: 'sl.sources', mix: 'sl.mix', collect: 'sl.collect', sums: 'sl.sums' };

/**
 * Computes weighted sums of gradients at linear combinations of a few images in one program. The engine
 * receives only the images and returns only the sums and the raw outputs, however many combinations there
 * are.
 */
export async function combinationProgram(given: Classifier): Promise<{
  readonly sessions: number;
  run(mixture: LinearCombinations): Promise<CombinedGradients>;
}> {
  const model = inForm(given, 'gradient');
  const { sessions, run } = await programOf(model, 'mixed gradient', () => combinationGraph(model));
  return {
    sessions,
    async run({ sources, mix, targets, collect }) {
      const seed = oneHot(targets, classCount(model));
      const fed = { [names.sources]: sources, [names.mix]: mix, [seedName]: seed, [names.collect]: collect };
      const feeds = Object.entries(fed).map(([name, { data, shape }]) => [name, float32(data, shape)]);
      const found = await run(Object.fromEntries(feeds));
      return { logits: found[model.output] as Tensor, sums: found[names.sums] as Tensor };
    },
  };
}

export function combinationGraph(model: Classifier): Graph {
  const { graph, input, output } = model;
  const fed = (name: string, ...shape: (number | string)[]): Value => ({ name, type: 'float32', shape });
  return explainProgram(model, {
    front: {
      feeds: [fed(names.sources, 'sources', ...input.shape), fed(names.mix, 'N', 'sources')],
      make(builder, name) {
        const flat = builder.reshape(names.sources, [0, -1]);
        const mixed = builder.reshape(builder.matMul(names.mix, flat), [-1, ...input.shape]);
        builder.alias(mixed, name);
      },
    },
    feeds: [fed(names.collect, 'sums', 'N')],
    outputs(builder, walk) {
      const { [input.name]: slopes } = walk({ method: 'gradient', ruleFor: gradient });
      const changing = dependents(builder.finish([graph.inputs[0]!, fed(seedName)], []));
      return { [output]: output, [names.sums]: collected(builder, slopes!, changing) };
    },
  });
}

/**
 * Sums over samples before the linear layers at the end of the backward pass, so that these layers run on
 * the sums only.
 */
function collected(builder: Builder, value: string, changing: ReadonlySet<string>): string {
  const { emit, concat, matMul, reshape } = builder;
  const node = builder.madeBy(value);
  const [inner, ...others] = node?.inputs ?? [];
  if (node && inner && isLinear(node) && others.every((other) => !changing.has(other))) {
    return builder.repeat(node, [collected(builder, inner, changing), ...others])[0]!;
  }
  const lengths = emit('Shape', [value], { start: int(1) });
  const shape = concat([builder.constant(int64([-1])), lengths], 0);
  const sums = matMul(names.collect, reshape(value, [0, -1]));
  return emit('Reshape', [sums, shape]);
}

/** Whether a node is linear in its first input and independent for each sample. */
function isLinear(node: Node): boolean {
  if (node.domain !== '') return false;
  if (is(node, 'layer', 'convolution')) return node.inputs.length === 2;
  if (node.op === 'Transpose') return intsOf(node, 'perm')?.[0] === 0;
  return node.op === 'DepthToSpace' || node.op === 'Identity';
}
