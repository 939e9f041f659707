import type { Graph, Node } from '../../graph.js';
import { ofOneProcessor } from '../../refusal.js';
import { rewriteNodes } from '../../rewrite.js';
import type { Lengths } from '../operators/upgrade.js';
import { readingsOf } from './batch.js';
import { BatchError } from './error.js';
import type { BatchPosition, Reading } from './position.js';

/** The maximum number of backtracking steps. */
const patience = 2000;

/**
 * Opens the batch of a graph exported at a fixed batch size: tracks the batch through every value and
 * rewrites the nodes whose targets contain it as a number. `lengths` holds the shapes of all values at the
 * fixed batch; shape arithmetic must be folded already. Throws an error that names the node where the batch
 * cannot be tracked.
 */
export function openBatch(graph: Graph, lengths: Lengths, batch: number, output: string): Graph {
  const readings = follow(graph, lengths, batch, output);
  const open = rewriteNodes(graph, (node, edit) => readings.get(node)?.write(edit) ?? node);
  // Declared output shapes contain the fixed batch.
  return { ...open, outputs: graph.outputs.map(({ name, type }) => ({ name, type })) };
}

function follow(graph: Graph, lengths: Lengths, batch: number, output: string): Map<Node, Reading> {
  const positions = new Map<string, BatchPosition>([
    [graph.inputs[0]!.name, { axis: 0, outer: 1, inner: 1 }],
  ]);
  const chosen = new Map<Node, Reading>();
  const open: { readonly index: number; readonly rest: readonly Reading[] }[] = [];
  let index = 0;
  let furthest = 0;
  let left = patience;
  const take = ([reading, ...rest]: readonly Reading[]) => {
    const node = graph.nodes[index]!;
    if (rest.length > 0) open.push({ index, rest });
    chosen.set(node, reading!);
    for (const value of node.outputs) positions.set(value, reading!.position);
    index += 1;
  };
  while (index < graph.nodes.length) {
    const node = graph.nodes[index]!;
    const held = node.inputs.map((v) => positions.get(v));
    if (!held.some(Boolean)) {
      chosen.delete(node);
      for (const value of node.outputs) positions.delete(value);
      index += 1;
      continue;
    }
    const readings = readingsOf({
      node,
      positions: held,
      inputs: node.inputs.map((v) => lengths.get(v) ?? []),
      output: lengths.get(node.outputs[0]!) ?? [],
      known: (value) => graph.initializers.get(value ?? ''),
      batch,
    });
    // A classifier's output is [batch, classes].
    const fitting = node.outputs.includes(output)
      ? readings.filter(({ position }) => position.axis === 0 && position.outer * position.inner === 1)
      : readings;
    if (fitting.length > 0) {
      take(fitting);
      continue;
    }
    furthest = Math.max(furthest, index);
    const last = open.pop();
    if (!last || left-- === 0) {
      const { op, name, domain } = graph.nodes[furthest]!;
      throw new BatchError(
        `the model was exported for a batch of ${batch}, and its batch cannot be followed through node '${name}' (${op}); export it with a dynamic batch axis${ofOneProcessor({ op, domain })}`,
      );
    }
    index = last.index;
    take(last.rest);
  }
  return chosen;
}
