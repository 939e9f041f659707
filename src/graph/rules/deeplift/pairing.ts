import type { Rule, Walk } from '../../backward.js';
import type { Builder } from '../../builder.js';
import { is } from '../../catalogue/index.js';
import type { Graph, Node } from '../../graph.js';
import { innerReads } from '../../order.js';
import { noRule, refused } from '../../refusal.js';

/** A graph that is run on an input and on a reference. */
export interface Pairing {
  /** The same value in the run on the reference; the value itself where it does not depend on the input. */
  partner(value: string): string;
  /** Whether a value depends on the input by more than its shape. */
  changes(value: string): boolean;
}

/** Operators whose output is as long as its first inputs' values say, or as those of its other inputs. */
const picksSize = new Set(['Compress', 'ConstantOfShape', 'NonMaxSuppression', 'NonZero', 'Range', 'Unique']);
const takesSize = new Set(['Expand', 'Pad', 'Reshape', 'Resize', 'Slice', 'Tile', 'TopK']);

/**
 * Repeats the nodes that depend on `input`, with `reference` in its place. Throws where a subgraph reads such
 * a value.
 */
export function pair(graph: Graph, builder: Builder, input: string, reference: string): Pairing {
  const partners = new Map([[input, reference]]);
  const partner = (value: string) => partners.get(value) ?? value;
  const changing = new Set([input]);
  const sized = new Set<string>();
  for (const node of graph.nodes) {
    if (innerReads(node).some((v) => partners.has(v))) {
      throw noRule('deeplift', node, refused('a subgraph of it reads values that depend on the input'));
    }
    if (!node.inputs.some((v) => partners.has(v))) continue;
    const hold = (values: ReadonlySet<string>, from = 0) =>
      node.inputs.slice(from).some((v) => values.has(v));
    const changed = hold(changing) && (!is(node, 'measures') || hold(sized));
    const isSized =
      hold(sized) ||
      (hold(changing) && picksSize.has(node.op)) ||
      (takesSize.has(node.op) && hold(changing, 1));
    const outputs = builder.repeat(node, node.inputs.map(partner));
    for (const [i, output] of node.outputs.entries()) if (output !== '') partners.set(output, outputs[i]!);
    for (const output of node.outputs) {
      if (changed) changing.add(output);
      if (isSized) sized.add(output);
    }
  }
  return { partner, changes: (value) => changing.has(value) };
}

/** Maps the multipliers of a node's outputs to those of its inputs, such that y - y0 = sum m (x - x0). */
export type MultiplierRule = (
  node: Node,
  multipliers: readonly (string | undefined)[],
  walk: Walk,
  pairing: Pairing,
) => ReturnType<Rule>;

/** A value in the run on the input, and in the run on the reference. */
export const both = (value: string, walk: Walk, { partner }: Pairing) =>
  [value, partnerOf(value, walk, partner)] as const;

const partnerOf = (value: string, walk: Walk, partner: Pairing['partner']) =>
  partner(value) === value ? value : walk.sameShape(partner(value), value);

/** x - x0 */
export const difference = (value: string, walk: Walk, pairing: Pairing) =>
  walk.sameShape(walk.sub(...both(value, walk, pairing)), value);

/** (x + x0) / 2; the value itself where it is the same in both runs. */
export function midpoint(value: string, walk: Walk, pairing: Pairing): string {
  const { mul, add } = walk;
  if (value === '' || pairing.partner(value) === value) return value;
  return walk.sameShape(mul(0.5, add(...both(value, walk, pairing))), value);
}

/** A walk in which a key of `standIns` needs a gradient where the value it replaces does. */
export function standingIn(walk: Walk, standIns: ReadonlyMap<string, string>): Walk {
  return { ...walk, needsGradient: (value) => walk.needsGradient(standIns.get(value) ?? value) };
}
