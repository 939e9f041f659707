import { unsupported } from '../base/errors.js';
import { int } from './attributes.js';
import type { Builder } from './builder.js';
import { isFloat } from './elements.js';
import type { Graph, Node } from './graph.js';
import type { Refusal } from './refusal.js';
import { broadcastAxes, type Shapes, type ValueShape } from './shapes.js';

/** What a rule works with: it adds nodes and may ask about forward values. */
export interface Walk extends Builder {
  /** The shape of a forward value, of its gradient, or of anything declared by `like`. */
  shape(value: string): ValueShape;
  /** Declares that `value` is shaped like `model`; returns `value`. */
  sameShape(value: string, model: string): string;
  /** Whether the gradient of this input is asked for: the others may be left undefined. */
  needsGradient(value: string): boolean;
  /** The engine that will run the graph, for rules whose fastest form differs. */
  readonly engine: string;
}

/**
 * From the gradients of a node's outputs to those of its inputs, `undefined` where there is none.
 * A method that is no gradient (relevance, multipliers) hands its own quantity through the same walk.
 */
export type Rule = (
  node: Node,
  gradients: readonly (string | undefined)[],
  walk: Walk,
) => readonly (string | undefined)[];

export interface BackwardOptions {
  /** Value name -> name of the quantity that the walk starts from at that value. */
  readonly seeds: Readonly<Record<string, string>>;
  /** Values whose quantity is asked for. */
  readonly wrt: readonly string[];
  readonly ruleFor: (node: Node) => Rule | Refusal | undefined;
  /** For the error that names an operator without a rule. */
  readonly method: string;
  readonly shapes: Shapes;
  /** The engine that will run the graph; without one only what every engine knows is emitted. */
  readonly engine?: string;
}

/**
 * Walks the graph backwards from the seeds and returns, for each of `wrt`, the name of its accumulated quantity
 * (`undefined` where no path leads there). Throws where an operator on the way has no rule.
 */
export function backward(
  graph: Graph,
  builder: Builder,
  options: BackwardOptions,
): Record<string, string | undefined> {
  const { seeds, wrt, ruleFor, method } = options;
  const active = reachedFrom(graph, wrt, options.shapes);
  const shapes = new Map(options.shapes);
  const parts = new Map<string, string[]>(Object.entries(seeds).map(([value, seed]) => [value, [seed]]));
  const walk: Walk = {
    ...builder,
    engine: options.engine ?? 'any',
    shape(value) {
      const shape = shapes.get(value);
      if (!shape) throw new Error(`no shape is known for '${value}'`);
      return shape;
    },
    sameShape(value, model) {
      shapes.set(value, walk.shape(model));
      return value;
    },
    needsGradient: (value) => active.has(value),
  };
  const total = (value: string) => {
    const [first, ...rest] = parts.get(value) ?? [];
    if (first === undefined) return undefined;
    const sum = rest.reduce((a, b) => builder.add(a, b), first);
    parts.set(value, [sum]);
    declareLike(walk, sum, walk.shape(value), batchOf(graph));
    return walk.sameShape(sum, value);
  };
  for (const value of graph.nodes.flatMap(({ outputs }) => outputs)) {
    const shape = shapes.get(value);
    if (shape) declareLike(builder, value, shape, batchOf(graph));
  }
  for (const node of graph.nodes.toReversed()) {
    if (!node.inputs.some((v) => active.has(v)) || !node.outputs.some((v) => parts.has(v))) continue;
    const rule = ruleFor(node);
    if (typeof rule !== 'function') {
      const why = rule ? `: ${rule.refused}` : '';
      throw unsupported(`${method} has no rule for operator '${operator(node)}' (node '${node.name}')${why}`);
    }
    const gradients = rule(node, node.outputs.map(total), walk);
    for (const [i, gradient] of gradients.entries()) {
      const input = node.inputs[i];
      if (gradient === undefined || input === undefined || !active.has(input)) continue;
      parts.set(input, [...(parts.get(input) ?? []), gradient]);
    }
  }
  return Object.fromEntries(wrt.map((value) => [value, total(value)]));
}

/** The name of the batch's length among the graph's inputs. */
const batchOf = ({ inputs }: Graph) => inputs[0]?.shape?.find((length) => typeof length === 'string');

/** Engines choose faster kernels where they know that two values are of one shape. */
function declareLike(builder: Builder, name: string, { dims, batchAxis, type }: ValueShape, batch?: string) {
  const open = batchAxis !== undefined && dims[batchAxis] === 1 ? batch : undefined;
  if (type !== 'float32' || (batchAxis !== undefined && open === undefined)) return;
  const shape = dims.map((length, axis) => (axis === batchAxis ? open! : length));
  builder.declare({ name, type, shape });
}

/** Sums a gradient over the axes along which `input` was broadcast to the shape of `output`. */
export function unbroadcast(
  { shape, reduce }: Walk,
  gradient: string,
  input: string,
  output: string,
): string {
  const inner = shape(input);
  const outer = shape(output);
  const axes = broadcastAxes(inner, outer);
  if (axes.length === 0) return gradient;
  const lead = outer.dims.length - inner.dims.length;
  const kept = axes.filter((axis) => axis >= lead);
  const summed = kept.length === 0 ? gradient : reduce('ReduceSum', gradient, kept);
  if (lead === 0) return summed;
  const added = Array.from({ length: lead }, (_, axis) => axis);
  return reduce('ReduceSum', summed, added, { keepdims: int(0) });
}

/** A rule whose gradients all have the output's shape: they are summed back to each input's own. */
export function elementwise(rule: Rule): Rule {
  return (node, gradients, walk) =>
    rule(node, gradients, walk).map((gradient, i) => {
      const input = node.inputs[i];
      if (gradient === undefined || !input || !walk.needsGradient(input)) return undefined;
      return unbroadcast(walk, gradient, input, node.outputs[0]!);
    });
}

/** Floating-point values that depend on one of `sources`. */
function reachedFrom(graph: Graph, sources: readonly string[], shapes: Shapes): Set<string> {
  const reached = new Set(sources);
  for (const node of graph.nodes) {
    if (!node.inputs.some((v) => reached.has(v))) continue;
    for (const output of node.outputs) if (isFloat(shapes.get(output)?.type ?? '')) reached.add(output);
  }
  return reached;
}

const operator = ({ domain, op }: Node) => (domain === '' ? op : `${domain}.${op}`);
