import type { Builder } from '../../graph/builder.js';
import type { UpdateRule } from '../recipe.js';
import { smallest } from './similarity.js';
import { arrivals, type Tree } from './tree.js';

/** The names of the values of a ProtoTree behind its distances. */
export const treeNames = {
  leaves: 'tree.leaves',
  distributions: 'tree.distributions',
  right: 'tree.right',
  arrivals: 'tree.arrivals',
  probabilities: 'tree.probabilities',
  logits: 'logits',
} as const;

/**
 * From squared distances `[N, P, H, W]` to logarithms of class probabilities `[N, K]`: each branch sends an
 * image right with probability exp(-d), d the smallest distance to its prototype, and the leaves' class
 * distributions are weighted by the probabilities of arriving there (Nauta et al. 2021, arXiv:2012.02046).
 * The rows of `tree.leaves` are the tree's leaves from left to right.
 */
export function treeHead(builder: Builder, distances: string, tree: Tree): string {
  const { emit, add, sqrt, neg } = builder;
  const nearest = smallest(builder, distances, 'prototypes.nearest');
  // The gradient of a root has no value at zero.
  const right = emit('Exp', [neg(sqrt(add(nearest, 1e-14)))], {}, treeNames.right);
  const arrive = emit('Identity', [arrivals(builder, tree, right)], {}, treeNames.arrivals);
  const classes = emit('Softmax', [treeNames.leaves], {}, treeNames.distributions);
  const probabilities = emit('MatMul', [arrive, classes], {}, treeNames.probabilities);
  return emit('Log', [probabilities], {}, treeNames.logits);
}

/**
 * The update of the leaves without a gradient: in each step a leaf loses a share of its scores at the start
 * of the epoch, and gains from each image `gain` times what it adds to the probability of the image's class.
 * A gain of e is that of the published code's variant in logarithms, whose root is reached with probability
 * e.
 */
export const leafRule = (gain: number): UpdateRule => ({
  parameter: treeNames.leaves,
  update(builder, { targets, start, steps }) {
    const { add, sub, mul, div, relu, matMul, transpose } = builder;
    const { leaves, distributions, arrivals: arrive, probabilities } = treeNames;
    const gained = matMul(transpose(arrive, [1, 0]), div(targets, probabilities));
    const share = mul(distributions, gain === 1 ? gained : mul(gained, gain));
    return add(relu(sub(leaves, div(start, steps))), share);
  },
});
