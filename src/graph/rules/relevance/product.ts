import { elementwise, type Rule, type Walk } from '../../backward.js';
import { is } from '../../catalogue/index.js';
import type { Node } from '../../graph.js';
import { sizeAtOne } from '../../shapes.js';
import type { GraphFacts } from './graph-facts.js';

/**
 * Signal-take-all (Arras et al. 2017, 10.18653/v1/W17-5221): of a signal and its gate, as in
 * squeeze-and-excitation, SiLU and GELU, the signal gets all relevance. Two signals get half each.
 */
export const signalTakesAll = (facts: GraphFacts): Rule =>
  elementwise((node, [relevance], walk) => {
    const [a, b] = node.inputs as [string, string];
    const gate = gateOf(a, b, walk, facts);
    if (gate !== undefined) return node.inputs.map((_, i) => (i === gate ? undefined : relevance));
    const half = walk.mul(relevance!, 0.5);
    return [half, half];
  });

/**
 * The index of the gate: the factor that is the output of a bounded function, else the one that is broadcast.
 */
function gateOf(a: string, b: string, walk: Walk, facts: GraphFacts): 0 | 1 | undefined {
  if (a === b) return undefined;
  const [first, second] = [a, b].map((value) => isGate(value, walk, facts));
  if (first !== second) return first ? 0 : 1;
  const [sizeA, sizeB] = [a, b].map((value) => sizeAtOne(walk.shape(value))) as [number, number];
  if (sizeA !== sizeB) return sizeA < sizeB ? 0 : 1;
  return undefined;
}

/**
 * Whether a value is a bounded function's output, up to constant factors, constant terms and data movement.
 */
function isGate(value: string, walk: Walk, facts: GraphFacts): boolean {
  let node: Node | undefined = facts.producers.get(value);
  while (node && node.domain === '') {
    if (gates(node)) return true;
    const active: string[] = node.inputs.filter((v) => v !== '' && walk.needsGradient(v));
    if (!keepsGate(node) || active.length !== 1) return false;
    node = facts.producers.get(active[0]!);
  }
  return false;
}

/** Exporters write a sigmoid as 1 / (1 + e^-x). */
const gates = (node: Node) => is(node, 'saturates') || node.op === 'Reciprocal';
const keepsGate = (node: Node) => is(node, 'moves') || (is(node, 'pointwise', 2) && is(node, 'linear'));
