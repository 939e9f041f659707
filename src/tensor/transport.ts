/** Arcs of one source that a look at all arcs adds to those that are priced. */
const ADDED = 12;

/**
 * The least cost of moving a distribution onto another of the same total mass, exactly: the transportation
 * problem by the network simplex method with strongly feasible trees (Cunningham 1976,
 * doi:10.1007/bf01580379). Few arcs are priced at a time; when none of them lowers the cost, all are looked
 * at and the best are added, until none is left. `cost(i, j)` is that of a unit of mass from source `i` to
 * sink `j`; masses are positive. The nearer a first `plan` is to the cheapest, the sooner this ends; it moves
 * all mass, and no circle can be walked along its flows. The cost is the same.
 */
export function transport(
  supply: ArrayLike<number>,
  demand: ArrayLike<number>,
  cost: (source: number, sink: number) => number,
  plan?: readonly Flow[],
): Transport {
  const [n, m] = [supply.length, demand.length];
  if (n === 0 || m === 0) return { cost: 0, flows: [] };
  const tree = hangUp(plan ?? greedyPlan(supply, demand, cost), n, m, cost);
  const priced: Priced = { sources: [], sinks: [], costs: [] };
  while (addBest(priced, tree, n, m, cost)) improve(priced, tree, n);
  const flows: Flow[] = [];
  let total = 0;
  for (let v = 0; v < n + m; v++) {
    const [u, mass] = [tree.parent[v]!, tree.flow[v]!];
    if (u === n + m || mass === 0) continue;
    const [source, sink] = v < n ? [v, u - n] : [u, v - n];
    flows.push({ source, sink, mass });
    total += mass * cost(source, sink);
  }
  return { cost: total, flows };
}

/** Mass that moves from a source to a sink. */
export interface Flow {
  readonly source: number;
  readonly sink: number;
  readonly mass: number;
}

/** A cheapest plan: its cost and its flows, of which none is zero. */
export interface Transport {
  readonly cost: number;
  readonly flows: readonly Flow[];
}

/** Arcs that are priced: their ends and costs. */
interface Priced {
  readonly sources: number[];
  readonly sinks: number[];
  readonly costs: number[];
}

/** Adds the arcs of each source that lower the cost most; false where no arc lowers it. */
function addBest(
  { sources, sinks, costs }: Priced,
  { potential, tolerance }: Tree,
  n: number,
  m: number,
  cost: (source: number, sink: number) => number,
): boolean {
  const before = sources.length;
  const [best, at] = [new Float64Array(ADDED), new Int32Array(ADDED)];
  for (let source = 0; source < n; source++) {
    let found = 0;
    for (let sink = 0; sink < m; sink++) {
      const reduced = cost(source, sink) + potential[source]! - potential[n + sink]!;
      if (reduced >= -tolerance || (found === ADDED && reduced >= best[ADDED - 1]!)) continue;
      let place = found < ADDED ? found++ : ADDED - 1;
      for (; place > 0 && best[place - 1]! > reduced; place--) {
        best[place] = best[place - 1]!;
        at[place] = at[place - 1]!;
      }
      best[place] = reduced;
      at[place] = sink;
    }
    for (let i = 0; i < found; i++) {
      sources.push(source);
      sinks.push(at[i]!);
      costs.push(cost(source, at[i]!));
    }
  }
  return sources.length > before;
}

/** Pivots until no priced arc lowers the cost: the best arc of a block enters, the blocks taken in turn. */
function improve({ sources, sinks, costs }: Priced, tree: Tree, n: number): void {
  const { potential, tolerance } = tree;
  const count = sources.length;
  const block = Math.max(64, Math.ceil(Math.sqrt(count)));
  for (let [next, quiet] = [0, 0]; quiet < count; ) {
    let [best, least] = [-1, -tolerance];
    for (let i = 0; i < block; i++) {
      const reduced = costs[next]! + potential[sources[next]!]! - potential[n + sinks[next]!]!;
      if (reduced < least) {
        least = reduced;
        best = next;
      }
      if (++next === count) next = 0;
    }
    if (best < 0) quiet += block;
    else {
      quiet = 0;
      pivot(tree, sources[best]!, n + sinks[best]!, costs[best]!);
    }
  }
}

/** A spanning tree of sources, sinks and a root; each node keeps the arc to its parent. */
interface Tree {
  readonly parent: Int32Array;
  readonly firstChild: Int32Array;
  readonly nextSibling: Int32Array;
  readonly previousSibling: Int32Array;
  readonly depth: Int32Array;
  /** Whether the arc leads from the node up to its parent. */
  readonly up: Uint8Array;
  readonly flow: Float64Array;
  readonly potential: Float64Array;
  readonly tolerance: number;
}

/** A first plan: each source in turn is emptied into the nearest sinks that have room. */
function greedyPlan(
  supply: ArrayLike<number>,
  demand: ArrayLike<number>,
  cost: (source: number, sink: number) => number,
): Flow[] {
  const flows: Flow[] = [];
  const room = Float64Array.from(demand);
  const open = new Set(room.keys());
  for (let source = 0; source < supply.length; source++) {
    for (let left = supply[source]!; left > 0 && open.size > 0; ) {
      let [nearest, way] = [-1, Infinity];
      for (const sink of open) {
        const here = cost(source, sink);
        if (here < way) [nearest, way] = [sink, here];
      }
      const mass = Math.min(left, room[nearest]!);
      flows.push({ source, sink: nearest, mass });
      left -= mass;
      room[nearest]! -= mass;
      if (room[nearest] === 0) open.delete(nearest);
    }
  }
  return flows;
}

/**
 * The trees that a plan's flows make, each hung on the root by one of its sources, with an arc without flow
 * that is dearer than any path.
 */
function hangUp(
  plan: readonly Flow[],
  n: number,
  m: number,
  cost: (source: number, sink: number) => number,
): Tree {
  const root = n + m;
  const arcs = Array.from({ length: root }, (): { readonly to: number; readonly mass: number }[] => []);
  let most = 0;
  for (const { source, sink, mass } of plan) {
    arcs[source]!.push({ to: n + sink, mass });
    arcs[n + sink]!.push({ to: source, mass });
    most = Math.max(most, cost(source, sink));
  }
  most ||= 1;
  const artificial = most * (root + 1);
  const none = () => new Int32Array(root + 1).fill(-1);
  const tree = {
    ...{ parent: none(), firstChild: none(), nextSibling: none(), previousSibling: none() },
    depth: new Int32Array(root + 1),
    up: new Uint8Array(root + 1),
    flow: new Float64Array(root + 1),
    potential: new Float64Array(root + 1),
    tolerance: 1e-11 * most,
  };
  const { parent, depth, up, flow, potential } = tree;
  for (let top = 0; top < root; top++) {
    if (parent[top] !== -1) continue;
    const isSource = top < n;
    attach(tree, top, root);
    [depth[top], up[top]] = [1, isSource ? 1 : 0];
    potential[top] = isSource ? -artificial : artificial;
    for (const open = [top]; open.length > 0; ) {
      const node = open.pop()!;
      for (const { to, mass } of arcs[node]!) {
        if (to === parent[node]) continue;
        attach(tree, to, node);
        [depth[to], flow[to], up[to]] = [depth[node]! + 1, mass, to < n ? 1 : 0];
        const way = node < n ? cost(node, to - n) : cost(to, node - n);
        potential[to] = potential[node]! + (node < n ? way : -way);
        open.push(to);
      }
    }
  }
  return tree;
}

type Links = Pick<Tree, 'parent' | 'firstChild' | 'nextSibling' | 'previousSibling'>;

function attach({ parent, firstChild, nextSibling, previousSibling }: Links, node: number, to: number): void {
  parent[node] = to;
  const first = firstChild[to]!;
  nextSibling[node] = first;
  previousSibling[node] = -1;
  if (first >= 0) previousSibling[first] = node;
  firstChild[to] = node;
}

function detach({ parent, firstChild, nextSibling, previousSibling }: Links, node: number): void {
  const [before, after] = [previousSibling[node]!, nextSibling[node]!];
  if (before >= 0) nextSibling[before] = after;
  else firstChild[parent[node]!] = after;
  if (after >= 0) previousSibling[after] = before;
}

/** Brings the arc from a source to a sink into the tree; the arc that limits the flow on its cycle leaves. */
function pivot(tree: Tree, source: number, sink: number, cost: number): void {
  const { parent, up, flow, potential } = tree;
  const join = joinOf(tree, source, sink);
  let [delta, out, fromSource] = [Infinity, -1, true];
  for (let v = source; v !== join; v = parent[v]!) {
    if (up[v] === 1 && flow[v]! < delta) [delta, out, fromSource] = [flow[v]!, v, true];
  }
  for (let v = sink; v !== join; v = parent[v]!) {
    if (up[v] === 0 && flow[v]! <= delta) [delta, out, fromSource] = [flow[v]!, v, false];
  }
  if (delta > 0) {
    for (let v = source; v !== join; v = parent[v]!) flow[v]! += up[v] === 1 ? -delta : delta;
    for (let v = sink; v !== join; v = parent[v]!) flow[v]! += up[v] === 1 ? delta : -delta;
  }
  // The part below the leaving arc is hung up by the entering one: the parents between them turn around.
  let [node, above] = fromSource ? [source, sink] : [sink, source];
  const moved = node;
  let [carried, direction] = [delta, fromSource ? 1 : 0];
  for (;;) {
    const [old, oldFlow, oldUp] = [parent[node]!, flow[node]!, up[node]!];
    detach(tree, node);
    attach(tree, node, above);
    flow[node] = carried;
    up[node] = direction;
    if (node === out) break;
    [carried, direction] = [oldFlow, 1 - oldUp];
    above = node;
    node = old;
  }
  const other = fromSource ? sink : source;
  const shift = potential[other]! + (fromSource ? -cost : cost) - potential[moved]!;
  moveBelow(tree, moved, shift);
}

function joinOf({ parent, depth }: Tree, a: number, b: number): number {
  let [u, v] = [a, b];
  while (u !== v) {
    if (depth[u]! >= depth[v]!) u = parent[u]!;
    else v = parent[v]!;
  }
  return u;
}

/** Adds to the potentials of a node and all below it, and counts their depths again. */
function moveBelow({ parent, firstChild, nextSibling, depth, potential }: Tree, top: number, by: number) {
  for (let v = top; ; ) {
    potential[v]! += by;
    depth[v] = depth[parent[v]!]! + 1;
    if (firstChild[v]! >= 0) {
      v = firstChild[v]!;
      continue;
    }
    while (v !== top && nextSibling[v]! < 0) v = parent[v]!;
    if (v === top) return;
    v = nextSibling[v]!;
  }
}
