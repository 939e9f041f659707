import { intOf, stringOf } from '../../graph/attributes.js';
import { numbers } from '../../graph/elements.js';
import type { Graph, Node } from '../../graph/graph.js';
import { producersOf, readersOf } from '../../graph/order.js';
import { rewriteNodes } from '../../graph/rewrite.js';
import { withoutUnused } from '../../graph/tidy.js';

/**
 * Moves additions before the interleaving of phases: DepthToSpace(a) + DepthToSpace(b) = DepthToSpace(a +
 * b), and the same for Pad with zeros. In Concat(phases) + Pad(b), where the zeros of Pad cover all phases
 * but one, adds b to that phase alone.
 */
export function joinPhases(graph: Graph): Graph {
  const joined = joinOnce(graph);
  return joined ? joinPhases(withoutUnused(joined)) : graph;
}

function joinOnce(graph: Graph): Graph | undefined {
  const producers = producersOf(graph);
  const readers = readersOf(graph);
  const kept = new Set(graph.outputs.map(({ name }) => name));
  const alone = (value: string) => {
    const node = producers.get(value);
    return node?.domain === '' && readers.get(value)?.length === 1 && !kept.has(value) ? node : undefined;
  };
  let joined = false;
  const result = rewriteNodes(graph, (node, edit) => {
    if (node.op !== 'Add' || node.domain !== '' || node.inputs[0] === node.inputs[1]) return node;
    const [a, b] = node.inputs.map(alone);
    if (!a || !b) return node;
    const sum = edit.fresh(`${node.outputs[0]}.phases`);
    if (alike(a, b, graph)) {
      joined = true;
      const inner = edit.node('Add', [a.inputs[0]!, b.inputs[0]!], sum);
      return [inner, { ...a, name: node.name, inputs: [sum, ...a.inputs.slice(1)], outputs: node.outputs }];
    }
    const [phases, pad] = a.op === 'Concat' ? [a, b] : [b, a];
    const at = phaseIndexOf(pad, phases, graph);
    if (at === undefined) return node;
    joined = true;
    const parts = phases.inputs.map((part, i) => (i === at ? sum : part));
    const inner = edit.node('Add', [phases.inputs[at]!, pad.inputs[0]!], sum);
    return [inner, { ...phases, name: node.name, inputs: parts, outputs: node.outputs }];
  });
  return joined ? result : undefined;
}

/** Whether two nodes apply the same DepthToSpace or the same zero padding. */
function alike(a: Node, b: Node, graph: Graph): boolean {
  if (a.op !== b.op) return false;
  if (a.op === 'Pad') {
    const [one, other] = [a, b].map((pad) => amountsOf(pad, graph));
    return one !== undefined && one.join() === other?.join();
  }
  const same = intOf(a, 'blocksize', 0) === intOf(b, 'blocksize', 0);
  return a.op === 'DepthToSpace' && same && stringOf(a, 'mode', 'DCR') === stringOf(b, 'mode', 'DCR');
}

/** The amounts of zero padding: those before each axis, then those after. `undefined` for other nodes. */
function amountsOf(pad: Node, { initializers }: Graph): number[] | undefined {
  const amounts = initializers.get(pad.inputs[1] ?? '');
  const plain =
    pad.op === 'Pad' && pad.inputs.length === 2 && stringOf(pad, 'mode', 'constant') === 'constant';
  return plain && amounts ? numbers(amounts) : undefined;
}

/**
 * The index of the phase that Pad leaves free of zeros, when Pad fills only the channel axis. Assumes that
 * all phases have equally many channels.
 */
function phaseIndexOf(pad: Node, phases: Node, graph: Graph): number | undefined {
  const amounts = amountsOf(pad, graph);
  if (!amounts || phases.op !== 'Concat' || intOf(phases, 'axis', 0) !== 1) return undefined;
  const rank = amounts.length / 2;
  if (amounts.some((amount, i) => amount !== 0 && i % rank !== 1)) return undefined;
  const others = phases.inputs.length - 1;
  const [before, behind] = [amounts[1]!, amounts[rank + 1]!];
  const at = (before * others) / (before + behind);
  return Number.isInteger(at) ? at : undefined;
}
