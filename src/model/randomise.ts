import { permutation, type Random } from '../base/random.js';
import type { Constant, Graph, Node } from '../graph/graph.js';
import type { Classifier } from './classifier.js';

/** How a layer's weights are replaced. */
export type Replaced = 'redraw' | 'permute';

/** A layer with learned weights: its node, and the names of its constants by role. */
export interface WeightedLayer {
  readonly name: string;
  readonly weights: readonly { readonly value: string; readonly role: Role; readonly fanIn: number }[];
}

type Role = 'weight' | 'scale' | 'shift' | 'mean' | 'variance';

const roles: Readonly<Record<string, readonly (Role | undefined)[]>> = {
  Conv: [undefined, 'weight', 'weight'],
  ConvTranspose: [undefined, 'weight', 'weight'],
  Gemm: [undefined, 'weight', 'weight'],
  MatMul: ['weight', 'weight'],
  BatchNormalization: [undefined, 'scale', 'shift', 'mean', 'variance'],
  InstanceNormalization: [undefined, 'scale', 'shift'],
  LayerNormalization: [undefined, 'scale', 'shift'],
  GroupNormalization: [undefined, 'scale', 'shift'],
};

/** The layers with learned weights, in execution order. */
export function weightedLayers({ nodes, initializers }: Graph): readonly WeightedLayer[] {
  return nodes.flatMap((node) => {
    const weights = node.inputs.flatMap((value, i) => {
      const role = roles[node.op]?.[i];
      return role !== undefined && initializers.has(value)
        ? [{ value, role, fanIn: fanInOf(node, initializers) }]
        : [];
    });
    return weights.length > 0 ? [{ name: node.name, weights }] : [];
  });
}

function fanInOf({ op, inputs, attributes }: Node, initializers: Graph['initializers']): number {
  const shape = inputs.map((value) => initializers.get(value)?.shape).find((s) => s && s.length >= 2);
  if (!shape) return 1;
  if (op === 'Conv') return shape.slice(1).reduce((a, b) => a * b, 1);
  if (op === 'ConvTranspose') return shape[0]! * shape.slice(2).reduce((a, b) => a * b, 1);
  const transposed = attributes.transB?.kind === 'int' && attributes.transB.value === 1;
  return transposed ? shape.at(-1)! : shape.at(-2)!;
}

/**
 * The classifier with the weights of some layers replaced: `redraw` draws weights and biases uniformly within
 * one over the root of the fan-in and resets normalisations (scale 1, shift 0, mean 0, variance 1), as a new
 * layer of common libraries has them; `permute` shuffles each array, which keeps its distribution.
 */
export function withRandomWeights(
  model: Classifier,
  layers: readonly WeightedLayer[],
  how: Replaced,
  random: Random,
): Classifier {
  const drawn = layers.flatMap(({ weights }) =>
    weights.map(({ value, role, fanIn }) => {
      const constant = model.graph.initializers.get(value)!;
      return [
        value,
        how === 'permute' ? permuted(constant, random) : redrawn(constant, role, fanIn, random),
      ] as const;
    }),
  );
  return withWeights(model, new Map(drawn));
}

/** The classifier with some of its constants replaced by others of the same shapes. */
export function withWeights(model: Classifier, weights: ReadonlyMap<string, Constant>): Classifier {
  const initializers = new Map([...model.graph.initializers, ...weights]);
  return { ...model, graph: { ...model.graph, initializers } };
}

function redrawn(constant: Constant, role: Role, fanIn: number, random: Random): Constant {
  const bound = 1 / Math.sqrt(fanIn);
  const value = () =>
    role === 'weight' ? bound * (2 * random.uniform() - 1) : role === 'scale' || role === 'variance' ? 1 : 0;
  return { ...constant, data: Float32Array.from({ length: constant.data.length }, value) };
}

function permuted(constant: Constant, random: Random): Constant {
  const order = permutation(random, constant.data.length);
  return { ...constant, data: Float32Array.from(order, (i) => Number(constant.data[i])) };
}
