import { isDeepStrictEqual } from 'node:util';
import { intOf, intsOf, stringOf } from '../../attributes.js';
import { is } from '../../catalogue/index.js';
import { numbers } from '../../elements.js';
import type { Graph, Node } from '../../graph.js';
import { producersOf } from '../../order.js';
import { type Edit, rewriteNodes } from '../../rewrite.js';
import { type Steps, steps } from '../../steps.js';
import { withoutUnused } from '../../tidy.js';
import { twinsIn } from '../../twins.js';
import type { Lengths } from './upgrade.js';

/** The values whose shapes `openMasked` needs. */
export function needsMasks(graph: Graph): string[] {
  const of = (...ops: string[]) => graph.nodes.filter(({ op }) => ops.includes(op));
  if (of('NonZero').length === 0) return [];
  const expanded = of('Expand').flatMap(({ inputs, outputs }) => [inputs[0]!, outputs[0]!]);
  return [...of('NonZero', 'GatherND', 'ScatterND').map(({ inputs }) => inputs[0]!), ...expanded].filter(
    (value) => !graph.initializers.has(value),
  );
}

/**
 * Writes assignments where a mask holds, `y[mask] = f(x[mask])`, as a choice between f(x) and y for each
 * element. PyTorch exports them with the list of the places at which the mask holds (NonZero, GatherND,
 * ScatterND), in which samples have no axis. Elsewhere x is replaced by a number: f may have poles there.
 */
export function openMasked(graph: Graph, lengths: Lengths | undefined): Graph {
  if (!lengths) return graph;
  const producers = producersOf(graph);
  const made = (value: string, op: string): Node | undefined => {
    const node = producers.get(value);
    return node?.op === op && node.domain === '' ? node : undefined;
  };
  const alike = twinsIn(graph, producers, { depth: 8 });
  const shape = (value: string) => graph.initializers.get(value)?.shape ?? lengths.get(value);
  const inShapeOf = (value: string, other: string) =>
    shape(value) !== undefined && isDeepStrictEqual(shape(value), shape(other));

  /** The mask that a list of places is made of. */
  function maskOf(places: string): string | undefined {
    const turned = made(places, 'Transpose');
    const listed = turned && made(turned.inputs[0]!, 'NonZero');
    const isTurned = isDeepStrictEqual(turned && (intsOf(turned, 'perm') ?? [1, 0]), [1, 0]);
    if (!listed || !isTurned) return undefined;
    const [mask = ''] = listed.inputs;
    const expanded = made(mask, 'Expand')?.inputs[0];
    return expanded !== undefined && inShapeOf(expanded, mask) ? expanded : mask;
  }
  /** The picked elements, before they are brought into the length that they have. */
  function picked(updates: string): string {
    const node = producers.get(updates);
    if (node?.domain !== '') return updates;
    const begins = graph.initializers.get(node.inputs[1] ?? '');
    const cuts = () =>
      begins && numbers(begins).join() === '0' && !graph.initializers.has(node.inputs[2]!) && !node.inputs[4];
    const keeps = node.op === 'Expand' || isFlat(node) || (node.op === 'Slice' && cuts());
    return keeps ? picked(node.inputs[0]!) : updates;
  }
  const isFlat = ({ op, inputs }: Node) => {
    const target = op === 'Reshape' ? graph.initializers.get(inputs[1]!) : undefined;
    return target !== undefined && numbers(target).join() === '-1';
  };

  /** What makes a value of the picked elements, for all elements; none where something else takes part. */
  function everywhere(value: string, mask: string, s: Steps, found: Map<string, string>): string | undefined {
    const earlier = found.get(value);
    if (earlier !== undefined) return earlier;
    const constant = graph.initializers.get(value);
    if (constant) return constant.data.length === 1 && constant.shape.length < 2 ? value : undefined;
    const node = producers.get(value);
    if (node?.domain !== '') return undefined;
    const keep = (result: string | undefined) => {
      if (result !== undefined) found.set(value, result);
      return result;
    };
    const [from = '', places = ''] = node.inputs;
    if (node.op === 'GatherND') {
      const own = maskOf(places);
      const fits = own !== undefined && alike(own, mask) && inShapeOf(from, mask);
      if (!fits || intOf(node, 'batch_dims', 0) !== 0) return undefined;
      // Numbers of their own: differences and quotients of several picked values have poles at equal ones.
      return keep(s.emit('Where', [mask, from, s.number(1 / (found.size + 2))]));
    }
    if (isFlat(node)) return keep(everywhere(from, mask, s, found));
    if (!is(node, 'pointwise') || node.outputs.length > 1) return undefined;
    const inputs = node.inputs.map((input) => (input === '' ? '' : everywhere(input, mask, s, found)));
    const known = inputs.every((input) => input !== undefined) ? inputs : undefined;
    return known && keep(s.emit(node.op, known, node.attributes));
  }
  function assigned(node: Node, edit: Edit): readonly Node[] | undefined {
    const [data = '', places = '', updates = ''] = node.inputs;
    const mask = node.op === 'ScatterND' && node.domain === '' ? maskOf(places) : undefined;
    if (mask === undefined || !inShapeOf(data, mask) || stringOf(node, 'reduction', 'none') !== 'none')
      return undefined;
    const s = steps(node, edit);
    const value = everywhere(picked(updates), mask, s, new Map());
    if (value === undefined) return undefined;
    s.emit('Where', [mask, value, data], {}, node.outputs[0]!);
    return s.nodes;
  }
  return withoutUnused(rewriteNodes(graph, (node, edit) => assigned(node, edit) ?? node));
}
