import { z } from 'zod/mini';
import { type Schema, whole } from '../../base/json.js';
import type { Builder } from '../../graph/builder.js';

/** A leaf of a decision tree by the row of its class scores, or a branch by the number of its prototype. */
export type Tree = { readonly leaf: number } | Branch;

export interface Branch {
  readonly prototype: number;
  /** Where an image goes that lacks the prototype. */
  readonly left: Tree;
  /** Where an image goes that has it. */
  readonly right: Tree;
}

/** The JSON schema of a tree. */
export const treeSchema: Schema<Tree> = z.union([
  z.object({ leaf: whole() }),
  z.object({ prototype: whole(), left: z.lazy(() => treeSchema), right: z.lazy(() => treeSchema) }),
]);

/** The full tree of a depth; prototypes are counted depth first, a branch before its children, left first. */
export function fullTree(depth: number): Tree {
  let [branches, leaves] = [0, 0];
  const grow = (levels: number): Tree => {
    if (levels === 0) return { leaf: leaves++ };
    const prototype = branches++;
    const left = grow(levels - 1);
    return { prototype, left, right: grow(levels - 1) };
  };
  return grow(depth);
}

/** The leaves of a tree from left to right. */
export const leavesOf = (tree: Tree): readonly number[] =>
  'leaf' in tree ? [tree.leaf] : [...leavesOf(tree.left), ...leavesOf(tree.right)];

/** The branches of a tree, each before those below it, left before right. */
export const branchesOf = (tree: Tree): readonly Branch[] =>
  'leaf' in tree ? [] : [tree, ...branchesOf(tree.left), ...branchesOf(tree.right)];

/**
 * The probabilities `[N, L]` of arriving at each leaf, from left to right, by those of going right at each
 * branch, `[N, B]` by prototype (Nauta et al. 2021, arXiv:2012.02046).
 */
export function arrivals(builder: Builder, tree: Tree, right: string): string {
  const walk = (node: Tree, arrives: string | undefined): readonly string[] => {
    if ('leaf' in node) return [arrives!];
    const at = node.prototype;
    const goes = builder.slice(right, [{ axis: 1, start: at, end: at + 1, step: 1 }]);
    const stays = builder.sub(1, goes);
    const along = (way: string) => (arrives === undefined ? way : builder.mul(arrives, way));
    return [...walk(node.left, along(stays)), ...walk(node.right, along(goes))];
  };
  return builder.concat(walk(tree, undefined), 1);
}

/**
 * The tree without what decides nothing: a branch or leaf whose leaves all have a largest class probability
 * of at most `threshold` (`largest[leaf]`) is replaced by its sibling. A tree of such leaves alone is
 * kept.
 */
export function prunedTree(tree: Tree, largest: readonly number[], threshold: number): Tree {
  const decides = (node: Tree) => leavesOf(node).some((leaf) => largest[leaf]! > threshold);
  if ('leaf' in tree || !decides(tree)) return tree;
  const { prototype, left, right } = tree;
  if (!decides(left)) return prunedTree(right, largest, threshold);
  if (!decides(right)) return prunedTree(left, largest, threshold);
  return {
    prototype,
    left: prunedTree(left, largest, threshold),
    right: prunedTree(right, largest, threshold),
  };
}

/** The leaf that one image reaches when each branch sends it right where the probability is above a half. */
export const greedyLeaf = (tree: Tree, right: (prototype: number) => number): number =>
  'leaf' in tree ? tree.leaf : greedyLeaf(right(tree.prototype) > 0.5 ? tree.right : tree.left, right);

/**
 * The probabilities that one image arrives at each branch, by the order of `branchesOf`, and at each leaf
 * from left to right.
 */
export function arrivalsAt(tree: Tree, right: (prototype: number) => number) {
  const [branches, leaves]: [number[], number[]] = [[], []];
  const walk = (node: Tree, arrives: number) => {
    if ('leaf' in node) {
      leaves.push(arrives);
      return;
    }
    branches.push(arrives);
    const goes = right(node.prototype);
    walk(node.left, arrives * (1 - goes));
    walk(node.right, arrives * goes);
  };
  walk(tree, 1);
  return { branches, leaves };
}
