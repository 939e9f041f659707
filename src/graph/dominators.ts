import { seededRandom } from '../base/random.js';
import { is } from './catalogue/index.js';
import type { Graph } from './graph.js';
import { ancestors, readsOf } from './order.js';

const modulus = 2_147_483_647n;

/**
 * The values that lie on every path from `input` to `output`, in execution order, both ends included. No path
 * goes through what reads only the shape of a value. Paths are counted with random edge weights modulo a
 * prime. A value lies on every path if the paths through it have the total count.
 */
export function onEveryPath(graph: Graph, input: string, output: string): string[] {
  const random = seededRandom('paths');
  const before = ancestors(graph, output);
  const edges: { from: string; to: string; weight: bigint }[] = [];
  for (const node of graph.nodes) {
    if (is(node, 'measures')) continue;
    for (const to of node.outputs) {
      if (!before.has(to)) continue;
      for (const from of new Set(readsOf(node)))
        edges.push({ from, to, weight: BigInt(1 + random.below(2_147_483_645)) });
    }
  }
  const forward = counts(edges, input, ({ from, to }) => [from, to]);
  const backward = counts(edges.toReversed(), output, ({ from, to }) => [to, from]);
  const all = forward.get(output);
  return [...forward.keys()].filter(
    (value) => all !== undefined && (forward.get(value)! * (backward.get(value) ?? 0n)) % modulus === all,
  );
}

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly weight: bigint;
}

/** The weighted number of paths from `start` to each value. `edges` are in topological order. */
function counts(edges: readonly Edge[], start: string, ends: (edge: Edge) => [string, string]) {
  const paths = new Map([[start, 1n]]);
  for (const edge of edges) {
    const [from, to] = ends(edge);
    const here = paths.get(from);
    if (here === undefined) continue;
    paths.set(to, ((paths.get(to) ?? 0n) + here * edge.weight) % modulus);
  }
  return paths;
}
