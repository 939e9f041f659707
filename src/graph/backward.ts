import { int } from './attributes.js';
import type { Builder } from './builder.js';
import { is } from './catalogue/index.js';
import { isFloat } from './elements.js';
import { type Graph, type Node, placeOf } from './graph.js';
import { ancestors } from './order.js';
import { chooses, reachedFrom } from './reach.js';
import { NoRule, ofOneProcessor, type Refusal, refused } from './refusal.js';
import { dataTypes } from './schema.js';
import { broadcastAxes, type Shapes, type ValueShape } from './shapes.js';

/** The graph builder that a backward rule uses, with facts about forward values. */
export interface Walk extends Builder {
  /** The shape of a forward value, of its gradient, or of a value declared by `sameShape`. */
  shape(value: string): ValueShape;
  /** Declares that `value` has the shape of `model`; returns `value`. */
  sameShape(value: string, model: string): string;
  /** Whether the gradient of this input is needed. A rule may return `undefined` for other inputs. */
  needsGradient(value: string): boolean;
  /** Whether a value is the float32 cast of an integer value. */
  standsIn(value: string): boolean;
  /** The engine that will run the graph, for rules with a faster form on one engine. */
  readonly engine: string;
}

/**
 * Maps the gradients of a node's outputs to those of its inputs (a vector-Jacobian product); `undefined`
 * where there is none. Relevance and multipliers are propagated in the same way.
 */
export type Rule = (
  node: Node,
  gradients: readonly (string | undefined)[],
  walk: Walk,
) => readonly (string | undefined)[];

export interface BackwardOptions {
  /** Value name -> name of the quantity that the walk starts from at that value. */
  readonly seeds: Readonly<Record<string, string>>;
  /** The values whose quantity is returned. */
  readonly wrt: readonly string[];
  readonly ruleFor: (node: Node) => Rule | Refusal | undefined;
  /** The method's name in the error about an operator without a rule. */
  readonly method: string;
  readonly shapes: Shapes;
  /** The engine that will run the graph. Without one, rules emit only nodes that every engine supports. */
  readonly engine?: string;
}

/**
 * Propagates a quantity (gradient, relevance or multiplier) backwards from the seeds. Returns, for each of
 * `wrt`, the name of the accumulated quantity, or `undefined` where no path leads there. Throws an
 * `unsupported` error where an operator on a path has no rule, or where every path ends at an operator that
 * hands nothing on, such as Sign or a comparison.
 */
export function backward(
  graph: Graph,
  builder: Builder,
  options: BackwardOptions,
): Record<string, string | undefined> {
  const { seeds, wrt, ruleFor, method } = options;
  const active = reachedFrom(graph, wrt, options.shapes);
  const shapes = new Map(options.shapes);
  const substitutes = new Set<string>();
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
    standsIn: (value) => substitutes.has(value),
  };
  const standIns = new Map<string, string>();
  /** Rules compute in floating point: an integer value on a path is replaced by its cast to float32. */
  const floating = (value: string): string => {
    // Training graphs have values of unknown shape, such as batch statistics. All of these are floats.
    if (!active.has(value) || isFloat(shapes.get(value)?.type ?? 'float32')) return value;
    const standIn = standIns.get(value) ?? builder.emit('Cast', [value], { to: int(dataTypes.float32) });
    standIns.set(value, standIn);
    substitutes.add(standIn);
    shapes.set(standIn, { ...walk.shape(value), type: 'float32' });
    active.add(standIn);
    return standIn;
  };
  const inFloats = (node: Node): Node => {
    const inputs = node.inputs.map((value, i) => (chooses(node, i) ? value : floating(value)));
    const outputs = node.outputs.map(floating);
    const same = [...inputs, ...outputs].every((v, i) => v === [...node.inputs, ...node.outputs][i]);
    return same ? node : { ...node, inputs, outputs };
  };
  const without = (node: Node, why: string) =>
    new NoRule(
      `${method} has no rule for operator '${operator(node)}' (${placeOf(node)})${why}${ofOneProcessor(node)}`,
    );
  const total = (value: string) => {
    const [first, ...rest] = parts.get(value) ?? [];
    if (first === undefined) return undefined;
    const sum = rest.reduce((a, b) => builder.add(a, b), first);
    parts.set(value, [sum]);
    const { type, ...lengths } = walk.shape(value);
    shapes.set(sum, { ...lengths, type: isFloat(type) ? type : 'float32' });
    declareLike(walk, sum, walk.shape(sum), batchOf(graph));
    return sum;
  };
  for (const value of graph.nodes.flatMap(({ outputs }) => outputs)) {
    const shape = shapes.get(value);
    if (shape) declareLike(builder, value, shape, batchOf(graph));
  }
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((v) => parts.has(v) && active.has(v))) continue;
    const rule = truncates(node, shapes) ? truncation : ruleFor(node);
    if (typeof rule !== 'function') {
      const why = rule ? `: ${rule.refused}` : '';
      throw without(node, why);
    }
    const gradients = rule(inFloats(node), node.outputs.map(total), walk);
    for (const [i, gradient] of gradients.entries()) {
      const input = node.inputs[i];
      if (gradient === undefined || input === undefined || !active.has(input)) continue;
      parts.set(input, [...(parts.get(input) ?? []), gradient]);
    }
  }
  if (!wrt.some((value) => parts.has(value))) {
    const onTheWay = new Set(Object.keys(seeds).flatMap((seed) => [...ancestors(graph, seed)]));
    const end = graph.nodes.findLast(
      (node) =>
        !is(node, 'measures') &&
        node.outputs.some((value) => onTheWay.has(value)) &&
        node.inputs.some((value) => active.has(value) && !parts.has(value)),
    );
    if (end) throw without(end, ': it is flat wherever it has a slope, and no path leads around it');
  }
  return Object.fromEntries(wrt.map((value) => [value, total(value)]));
}

/** The symbolic name of the batch axis in the graph's inputs. */
const batchOf = ({ inputs }: Graph) => inputs[0]?.shape?.find((length) => typeof length === 'string');

/** Declares a value's shape: engines use faster kernels where two values are known to have equal shapes. */
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

/**
 * Wraps a rule whose gradients have the output's shape: sums each over the axes along which its input was
 * broadcast.
 */
export function elementwise(rule: Rule): Rule {
  return (node, gradients, walk) =>
    rule(node, gradients, walk).map((gradient, i) => {
      const input = node.inputs[i];
      if (gradient === undefined || !input || !walk.needsGradient(input)) return undefined;
      return unbroadcast(walk, gradient, input, node.outputs[0]!);
    });
}

/** Whether a node casts floating-point values to another kind of type. */
function truncates({ op, domain, inputs, outputs }: Node, shapes: Shapes): boolean {
  if (domain !== '' || (op !== 'Cast' && op !== 'CastLike')) return false;
  const [from, to] = [inputs[0]!, outputs[0]!].map((value) => isFloat(shapes.get(value)?.type ?? 'float32'));
  return from! && !to!;
}

const truncation = refused(
  'it cuts numbers off to whole ones that are computed with further, so that no derivative says what they do',
);

const operator = ({ domain, op }: Node) => (domain === '' ? op : `${domain}.${op}`);
