import { ints, intsOf } from '../../graph/attributes.js';
import { int64 } from '../../graph/elements.js';
import type { Graph, Node, Value } from '../../graph/graph.js';
import { producersOf, readersOf } from '../../graph/order.js';
import { rewriteNodes } from '../../graph/rewrite.js';
import { elementwise, outlinesOf } from './nchwc/outlines.js';
import { flat, type Named, type Shapes, tapsOf } from './turned.js';

/** What of a graph is carried from run to run. */
export interface Carried {
  /** Output name -> input name. */
  readonly carry: Readonly<Record<string, string>>;
  /** The first values of the carried inputs. */
  readonly state: Named;
}

export interface Turned {
  readonly graph: Graph;
  /** The carried inputs that the graph now holds as `[taps, O I]`. */
  readonly turned: Shapes;
}

/**
 * Carries the weights of convolutions, and what an optimiser keeps of them, as `[taps, O I]`. A filter
 * gradient is computed so, and kernels in blocks of channels are as easily taken from that as from `[O, I,
 * ..kernel]`: of three transpositions of each weight in a training step one is left.
 */
export function turnWeights(graph: Graph, given: Carried): Turned {
  const parts = partsOf(graph, given);
  const turned = new Map(parts.flatMap(({ state }) => [...state]));
  if (turned.size === 0) return { graph, turned };
  const gradients = new Map(parts.flatMap((part) => [...part.gradients]));
  const values = new Set(parts.flatMap((part) => [...part.values]));
  const own = new Set(parts.flatMap((part) => [...part.nodes]));
  const ordered = new Map<string, string>();
  const rewritten = rewriteNodes(graph, (node, edit) => {
    if (own.has(node)) return { ...node, inputs: node.inputs.map((value) => gradients.get(value) ?? value) };
    const added: Node[] = [];
    for (const value of node.inputs) {
      const shape = turned.get(value);
      if (!shape || ordered.has(value)) continue;
      const [transposed, made] = [edit.fresh(`${value}.transposed`), edit.fresh(`${value}.ordered`)];
      added.push(
        edit.node('Transpose', [value], transposed, { perm: ints([1, 0]) }),
        edit.node('Reshape', [transposed, edit.constant(int64(shape))], made),
      );
      ordered.set(value, made);
    }
    return [...added, { ...node, inputs: node.inputs.map((value) => ordered.get(value) ?? value) }];
  });
  const declared = (value: Value): Value => {
    const shape = turned.get(given.carry[value.name] ?? value.name);
    return shape && value.shape ? { ...value, shape: flat(shape) } : value;
  };
  return {
    graph: {
      ...rewritten,
      inputs: graph.inputs.map(declared),
      outputs: graph.outputs.map(declared),
      between: graph.between?.filter(({ name }) => !values.has(name)),
    },
    turned,
  };
}

/** What is computed elementwise from weights, an optimiser's state of them, and a gradient. */
interface Part {
  /** The carried inputs with their shapes. */
  readonly state: Map<string, readonly number[]>;
  readonly values: Set<string>;
  readonly nodes: Set<Node>;
  /** A gradient -> the same as `[taps, O I]`. */
  readonly gradients: Map<string, string>;
}

/** The parts of a graph of which nothing but the weights is read elsewhere. */
function partsOf(graph: Graph, { carry, state }: Carried): Part[] {
  const producers = producersOf(graph);
  const readers = readersOf(graph);
  const outlines = outlinesOf(graph, new Map());
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const nextOf = new Map(Object.entries(carry).map(([next, input]) => [input, next]));
  const single = (value: string) => {
    const lengths = outlines.get(value)?.lengths;
    return lengths !== undefined && lengths.length < 3 && lengths.every((length) => length === 1);
  };
  /** The gradient as `[taps, O I]`, where `value` is the transpose of that in the weights' shape. */
  const turnedGradient = (value: string, taps: number) => {
    const reshape = producers.get(value);
    const transpose = reshape?.op === 'Reshape' ? producers.get(reshape.inputs[0]!) : undefined;
    if (transpose?.op !== 'Transpose' || intsOf(transpose, 'perm')?.join() !== '1,0') return undefined;
    const source = producers.get(transpose.inputs[0]!);
    const shape = source?.op === 'Reshape' ? graph.initializers.get(source.inputs[1]!) : undefined;
    return shape?.data.length === 2 && Number(shape.data[0]) === taps ? source!.outputs[0] : undefined;
  };
  /** Adds how a value is computed; false where that is not elementwise from gradients and carried inputs. */
  const collect = (value: string, shape: readonly number[], part: Part): boolean => {
    if (part.values.has(value) || part.gradients.has(value) || single(value)) return true;
    if (state[value]?.shape.join() === shape.join()) {
      part.values.add(value);
      part.state.set(value, shape);
      return collect(nextOf.get(value)!, shape, part);
    }
    const gradient = turnedGradient(value, tapsOf(shape));
    if (gradient !== undefined) {
      part.gradients.set(value, gradient);
      return true;
    }
    const node = producers.get(value);
    if (!node || !elementwise(node)) return false;
    part.values.add(value);
    part.nodes.add(node);
    return node.inputs.every((input) => collect(input, shape, part));
  };
  const closed = (part: Part) =>
    [...part.nodes].every(
      ({ outputs: [value] }) =>
        (!outputs.has(value!) || part.state.has(carry[value!] ?? '')) &&
        (readers.get(value!) ?? []).every((reader) => part.nodes.has(reader)),
    );
  const parts: Part[] = [];
  // Averages come after the weights that they are of, and belong to the same part.
  for (const [name, { shape }] of Object.entries(state).reverse()) {
    if (tapsOf(shape) === 1 || parts.some((part) => part.state.has(name))) continue;
    const part: Part = { state: new Map(), values: new Set(), nodes: new Set(), gradients: new Map() };
    if (collect(name, shape, part) && part.gradients.size > 0 && closed(part)) parts.push(part);
  }
  return parts;
}
