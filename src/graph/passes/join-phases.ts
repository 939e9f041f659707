import { intOf, stringOf } from '../attributes.js';
import { numbers } from '../elements.js';
import type { Graph, Node } from '../graph.js';
import { producersOf, readersOf } from '../order.js';
import { rewriteNodes } from './rewrite.js';

/**
 * Adds phases before they are interleaved, not after: DepthToSpace(a) + DepthToSpace(b) = DepthToSpace(a + b), and where a is
 * a concatenation of the phases and b one phase among zeros, that phase alone is added.
 */
export function joinPhases(graph: Graph): Graph {
  const producers = producersOf(graph);
  const readers = readersOf(graph);
  const kept = new Set(graph.outputs.map(({ name }) => name));
  const only = (value: string, op: string) => {
    const node = producers.get(value);
    const alone = readers.get(value)?.length === 1 && !kept.has(value);
    return alone && node?.domain === '' && node.op === op ? node : undefined;
  };
  return rewriteNodes(graph, (node, edit) => {
    if (node.op !== 'Add' || node.domain !== '' || node.inputs[0] === node.inputs[1]) return node;
    const [a, b] = node.inputs.map((value) => only(value, 'DepthToSpace'));
    if (!a || !b || !alike(a, b)) return node;
    const channels = [a.inputs[0]!, b.inputs[0]!];
    const phases = channels.map((value) => only(value, 'Concat')).find(Boolean);
    const place = channels.map((value) => only(value, 'Pad')).find(Boolean);
    const at = phases && place && placeOf(place, phases, graph);
    const sum = edit.fresh(`${node.outputs[0]}.phases`);
    const interleaved = { ...a, name: node.name, inputs: [sum], outputs: node.outputs };
    if (at === undefined) return [edit.node('Add', channels, sum), interleaved];
    const one = edit.fresh(`${sum}.one`);
    const parts = phases!.inputs.map((part, i) => (i === at ? one : part));
    return [
      edit.node('Add', [phases!.inputs[at]!, place!.inputs[0]!], one),
      { ...phases!, name: edit.fresh(phases!.name), inputs: parts, outputs: [sum] },
      interleaved,
    ];
  });
}

const alike = (a: Node, b: Node): boolean =>
  intOf(a, 'blocksize', 0) === intOf(b, 'blocksize', 0) &&
  stringOf(a, 'mode', 'DCR') === stringOf(b, 'mode', 'DCR');

/** Which of `phases`, all of as many channels as it, a phase that is padded with zero channels stands beside. */
function placeOf(pad: Node, phases: Node, { initializers }: Graph): number | undefined {
  const amounts = initializers.get(pad.inputs[1]!);
  if (!amounts || pad.inputs.length > 2 || intOf(phases, 'axis', 0) !== 1) return undefined;
  const given = numbers(amounts);
  const [before, behind] = [given[1]!, given[given.length / 2 + 1]!];
  const others = given.some((amount, i) => amount !== 0 && i % (given.length / 2) !== 1);
  const channels = (before + behind) / (phases.inputs.length - 1);
  const at = before / channels;
  return others || !Number.isInteger(at) || at * channels + behind !== channels * (phases.inputs.length - 1)
    ? undefined
    : at;
}
