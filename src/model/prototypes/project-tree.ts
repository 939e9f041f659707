import { extend } from '../../graph/builder.js';
import { float32, numbers } from '../../graph/elements.js';
import type { Graph } from '../../graph/graph.js';
import { withoutUnused } from '../../graph/tidy.js';
import type { PhaseContext } from '../recipe.js';
import type { Boxes } from './drawn-box.js';
import { nearestPatches } from './patches.js';
import { keptVectors } from './project.js';
import { metadataOf, type PrototypeTree } from './prototype.js';
import { branchesOf, leavesOf, prunedTree, type Tree } from './tree.js';
import { treeHead, treeNames } from './tree-head.js';

/**
 * Prunes the branches whose leaves decide nothing, and replaces each prototype by the nearest feature vector
 * of a training image whose class is the most probable one of a leaf below its branch (Nauta et al. 2021,
 * arXiv:2012.02046). A leaf decides where its largest class probability is above that of a guess by
 * `certainty`, a share of what is left to 1.
 */
export async function projectTree(
  graph: Graph,
  given: PrototypeTree,
  { certainty, boxes }: { readonly certainty: number; readonly boxes: Boxes },
  context: PhaseContext,
): Promise<Graph> {
  const leaves = graph.initializers.get(given.leaves)!;
  const [, classes] = leaves.shape as [number, number];
  const scores = numbers(leaves);
  const rowOf = (leaf: number) => scores.slice(leaf * classes, (leaf + 1) * classes);
  const distributions = Array.from({ length: leaves.shape[0]! }, (_, leaf) => softmax(rowOf(leaf)));
  const largest = distributions.map((row) => Math.max(...row));
  const guess = 1 / classes;
  const pruned = prunedTree(given.tree, largest, guess + certainty * (1 - guess));
  const branches = branchesOf(pruned);
  const classOf = (leaf: number) => distributions[leaf]!.indexOf(largest[leaf]!);
  const below = new Map(branches.map((branch) => [branch.prototype, new Set(leavesOf(branch).map(classOf))]));
  const allows = (prototype: number, label: number) => below.get(prototype)?.has(label) ?? false;
  const found = await nearestPatches(
    graph,
    given,
    allows,
    { active: (distance) => -distance, boxes },
    context,
  );
  const kept = branches.map(({ prototype }) => prototype);
  const rows = leavesOf(pruned);
  const numbered = renumbered(pruned, kept, rows);
  const trunk = withoutUnused({ ...graph, outputs: [{ name: given.distances, type: 'float32' }] });
  const vectors = keptVectors(
    graph,
    given.vectors,
    found.map((one) => one?.vector),
    kept,
  );
  const builder = extend({
    ...trunk,
    initializers: new Map([...trunk.initializers, [given.vectors, vectors]]),
  });
  builder.constant(float32(rows.flatMap(rowOf), [rows.length, classes]), treeNames.leaves);
  const logits = treeHead(builder, given.distances, numbered);
  const prototypes = kept.map((p) => (found[p] ? { patch: found[p].patch } : {}));
  const whole = builder.finish(graph.inputs, [{ ...graph.outputs[0]!, name: logits }]);
  return {
    ...whole,
    metadata: { ...graph.metadata, ...metadataOf({ ...given, tree: numbered, prototypes }) },
  };
}

/** The tree with prototypes and leaves counted by their places in these lists. */
function renumbered(tree: Tree, prototypes: readonly number[], leaves: readonly number[]): Tree {
  if ('leaf' in tree) return { leaf: leaves.indexOf(tree.leaf) };
  return {
    prototype: prototypes.indexOf(tree.prototype),
    left: renumbered(tree.left, prototypes, leaves),
    right: renumbered(tree.right, prototypes, leaves),
  };
}

function softmax(scores: readonly number[]): number[] {
  const powers = scores.map((score) => Math.exp(score - Math.max(...scores)));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}
