import { type Builder, startGraph } from '../../graph/builder.js';
import type { Graph, Node, Value } from '../../graph/graph.js';
import type { Classifier } from '../classifier.js';
import type { Link } from '../head.js';
import { probe } from '../probe.js';

/** Adds the nodes that make `[N, K]` of a value `[N, ...]`; returns their result's name. */
export type Head = (builder: Builder, value: string) => string;

const last = new WeakMap<Classifier, { readonly key: string; readonly made: Promise<Classifier> }>();

/**
 * A model with a small head behind its output, whose raw outputs `[N, K]` are then explained; `link` makes
 * probabilities of them. The last one of each model is kept: equal keys must mean equal heads.
 */
export function graft(
  model: Classifier,
  key: string,
  head: Head | Graph,
  link: Link = 'none',
): Promise<Classifier> {
  const found = last.get(model);
  if (found?.key === key) return found.made;
  const made = grafted(model, key, 'nodes' in head ? head : graphOf(model, head), link);
  last.set(model, { key, made });
  made.catch(() => last.delete(model));
  return made;
}

function graphOf({ shapes, output }: Classifier, head: Head): Graph {
  const builder = startGraph('target');
  const input: Value = {
    name: 'sl.asked',
    type: 'float32',
    shape: ['N', ...shapes.get(output)!.dims.slice(1)],
  };
  const made = head(builder, input.name);
  return builder.finish([input], [{ name: made, type: 'float32' }]);
}

async function grafted(model: Classifier, key: string, head: Graph, link: Link): Promise<Classifier> {
  const { graph, output } = model;
  const input = head.inputs[0]!;
  const shapes = await probe(head, input, model.shapes.get(output)!.dims.slice(1), model.engine);
  const named = (value: string) => (value === '' ? '' : value === input.name ? output : `sl.target.${value}`);
  const nodes = head.nodes.map(
    (node): Node => ({
      ...node,
      name: named(node.name),
      inputs: node.inputs.map(named),
      outputs: node.outputs.map(named),
    }),
  );
  const own = named(head.outputs[0]!.name);
  const added = [...shapes].filter(([value]) => value !== input.name);
  const { before: _before, of: _of, axis: _axis, ...kept } = model.head;
  return {
    ...model,
    graph: {
      ...graph,
      nodes: [...graph.nodes, ...nodes],
      initializers: new Map([
        ...graph.initializers,
        ...[...head.initializers].map(([value, constant]) => [named(value), constant] as const),
      ]),
      outputs: [{ name: own, type: 'float32' }],
    },
    output: own,
    asked: model.asked ?? output,
    shapes: new Map([...model.shapes, ...added.map(([value, shape]) => [named(value), shape] as const)]),
    classes: Array<string>(shapes.get(head.outputs[0]!.name)!.dims[1]!).fill(key),
    head: { ...kept, link, plain: false, says: `${key} of '${output}'` },
  };
}
