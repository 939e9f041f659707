import { is } from '../graph/catalogue/index.js';
import { isFloat, numbers } from '../graph/elements.js';
import type { Graph, Node } from '../graph/graph.js';
import { chooses, reachOf } from '../graph/reach.js';
import type { Classifier } from './classifier.js';
import { onTheWay } from './on-the-way.js';

/** What is known of a network's slopes: where they stay the same, and what makes them change. */
export interface Slopes {
  /** The same everywhere: the network is linear, constants added or not. */
  readonly linear: boolean;
  /** The same from zero to any input, where no constants are added: f(c x) = c f(x) for c > 0. */
  readonly scaled: boolean;
  /** They change where single values pass zero, as at rectifiers, and nowhere else. */
  readonly rectified: boolean;
  /** They change there and where another of several values is the greatest or least, and nowhere else. */
  readonly pieced: boolean;
}

/** What is known of a network's slopes; undefined where it chooses or counts by what it computes. */
export function slopesOf(model: Classifier): Slopes | undefined {
  const { graph, input, shapes } = model;
  const { nodes, choice } = onTheWay(model);
  const { reached } = reachOf(graph, [input.name], shapes);
  const isNumber = (value: string) => value === '' || isFloat(shapes.get(value)?.type ?? 'float32');
  if (choice || !nodes.every(({ outputs }) => outputs.every(isNumber))) return undefined;
  const all = nodes.map((node) => ({
    node,
    moves: node.inputs.map((value, i) => reached.has(value) && !chooses(node, i)),
  }));
  const bends = all.filter(({ node, moves }) => !isLinear(node, moves));
  const isBent = ({ node, moves }: (typeof all)[number]) => is(node, 'homogeneous') && first(moves);
  const pieced = bends.every(
    (each) => isBent(each) && (is(each.node, 'pointwise') || is(each.node, 'selects')),
  );
  return {
    linear: bends.length === 0,
    scaled: all.every(({ node, moves }) => isScaled(node, moves, graph)),
    rectified: pieced && bends.every(({ node }) => is(node, 'pointwise')),
    pieced,
  };
}

const first = ([, ...others]: readonly boolean[]) => !others.includes(true);

/** Whether one factor of a product depends on the input. */
const oneFactor = ([a, b]: readonly boolean[]) => !(a && b);

/** Whether a node is linear in those inputs that depend on the network's, constants added or not. */
function isLinear(node: Node, moves: readonly boolean[]): boolean {
  if (is(node, 'linear', 'all')) return true;
  if (is(node, 'linear', 'each')) return oneFactor(moves);
  return (is(node, 'linear', 'first') || is(node, 'normalises', 'by-constants')) && first(moves);
}

/** Whether the output of a node grows in proportion with those inputs that depend on the network's. */
function isScaled(node: Node, moves: readonly boolean[], { initializers }: Graph): boolean {
  const stays = (value: string, i: number) => {
    const constant = initializers.get(value);
    return value === '' || moves[i] || (constant && numbers(constant).every((number) => number === 0));
  };
  if (is(node, 'linear', 'all')) return node.inputs.every(stays);
  if (is(node, 'linear', 'each'))
    return oneFactor(moves) && node.inputs.every((v, i) => i < 2 || stays(v, i));
  return (is(node, 'linear', 'first') || is(node, 'homogeneous')) && first(moves);
}
