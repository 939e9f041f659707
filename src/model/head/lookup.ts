import { numbers } from '../../graph/elements.js';
import type { Constant, Graph, Node } from '../../graph/graph.js';
import { twinsIn } from '../../graph/twins.js';

const keeping = new Set(['Identity', 'Dropout', 'Cast', 'CastLike', 'QuantizeLinear', 'DequantizeLinear']);
const shaping = new Set(['Flatten', 'Reshape', 'Squeeze', 'Unsqueeze']);

/** Whether a node keeps values and shape, but perhaps not the type, up to the rounding of quantisation. */
export const isKept = ({ op, domain }: Node): boolean => domain === '' && keeping.has(op);

/** Whether a node changes no value, but perhaps its shape or type. */
export const isPass = (node: Node): boolean => isKept(node) || (node.domain === '' && shaping.has(node.op));

/** Answers to what the last nodes of a graph are. */
export interface Lookup {
  /**
   * The node that computes a value, skipping nodes that change no value; `undefined` where it has another
   * operator.
   */
  made(value: string | undefined, ...ops: readonly string[]): Node | undefined;
  /** A constant of one number, also one that is stored quantised. */
  scalar(value: string | undefined): number | undefined;
  /** The value before all nodes that change no value. */
  source(value: string): string;
  /** Whether two values are one, or a file makes both of one value by the same few nodes. */
  same(a: string | undefined, b: string | undefined): boolean;
}

/** How many nodes that are written twice are looked through. */
const TWINS = 4;

export function lookup(graph: Graph, producers: ReadonlyMap<string, Node>): Lookup {
  const source = (value: string): string => {
    const node = producers.get(value);
    return node && isKept(node) ? source(node.inputs[0]!) : value;
  };
  const alike = twinsIn(graph, producers, { depth: TWINS, source });
  const scalarAt = (value: string): number | undefined => {
    const found = constant(graph, value);
    if (found) return found.data.length === 1 ? numbers(found)[0] : undefined;
    const node = producers.get(value);
    if (!node || !isKept(node)) return undefined;
    const [of = '', scale = '', zero = ''] = node.inputs;
    const stored = node.op === 'DequantizeLinear' ? constant(graph, of) : undefined;
    if (!stored) return scalarAt(of);
    const by = scalarAt(scale);
    if (stored.data.length !== 1 || by === undefined) return undefined;
    return (numbers(stored)[0]! - (zero === '' ? 0 : (scalarAt(zero) ?? 0))) * by;
  };
  return {
    source,
    same: (a, b) => a !== undefined && b !== undefined && alike(a, b),
    made(value, ...ops) {
      const node = value === undefined ? undefined : producers.get(source(value));
      return node && node.domain === '' && ops.includes(node.op) ? node : undefined;
    },
    scalar: (value) => (value === undefined ? undefined : scalarAt(value)),
  };
}

/** The constant that a value is, if it is one. */
export function constant(graph: Graph, value: string): Constant | undefined {
  const held = graph.initializers.get(value);
  if (held) return held;
  const node = graph.nodes.find(({ op, outputs }) => op === 'Constant' && outputs[0] === value);
  const given = node?.attributes.value ?? node?.attributes.value_float;
  if (given?.kind === 'tensor') return given.value;
  return given?.kind === 'float'
    ? { type: 'float32', data: Float32Array.of(given.value), shape: [] }
    : undefined;
}
