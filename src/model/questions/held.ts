import { int } from '../../graph/attributes.js';
import type { Builder } from '../../graph/builder.js';
import { int64 } from '../../graph/elements.js';
import type { Classifier } from '../classifier.js';

/** The number of copies, a constant of the graph, and what is held; grafting puts more before these names. */
const names = { copies: 'held.copies', value: 'held.value' };

/**
 * What a target chooses by the model's output (a mask, a box) and holds fixed, chosen inside the graph. Where
 * a method has several copies of each image in a batch, the first of each chooses for all (see `heldFor`).
 */
export function held(builder: Builder, output: string, choose: (own: string) => string): string {
  const { emit, constant, concat, unsqueeze } = builder;
  const copies = constant(int64([1]), names.copies);
  const lengths = emit('Shape', [output], { start: int(1) });
  const apart = emit('Reshape', [output, concat([copies, constant(int64([-1])), lengths], 0)]);
  const first = emit('Gather', [apart, constant(int64([0], []))], { axis: int(0) });
  const chosen = choose(first);
  const all = emit('Expand', [unsqueeze(chosen, [0]), concat([copies, emit('Shape', [chosen])], 0)]);
  const rest = emit('Shape', [chosen], { start: int(1) });
  return emit('Reshape', [all, concat([constant(int64([-1])), rest], 0)], {}, names.value);
}

/** A model for `count` copies of each image, the first copies of all images before the others. */
export function heldFor<M extends Pick<Classifier, 'graph' | 'shapes'>>(model: M, count: number): M {
  const { graph } = model;
  const copies = [...graph.initializers.keys()].find((name) => name.endsWith(names.copies));
  if (copies === undefined) return model;
  // What is computed of first copies alone has another batch than the model.
  const inner = new Set([copies]);
  for (const { inputs, outputs } of graph.nodes)
    if (inputs.some((value) => inner.has(value)))
      for (const value of outputs) if (!value.endsWith(names.value)) inner.add(value);
  return {
    ...model,
    graph: { ...graph, initializers: new Map([...graph.initializers, [copies, int64([count])]]) },
    shapes: new Map([...model.shapes].filter(([value, { type }]) => type !== 'float32' || !inner.has(value))),
  };
}
