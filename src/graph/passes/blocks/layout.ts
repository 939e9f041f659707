import type { Attributes } from '../../attributes.js';
import { int, intOf } from '../../attributes.js';
import type { Graph, Node } from '../../graph.js';
import { readersOf } from '../../order.js';
import type { Edit } from '../rewrite.js';
import { type Lengths, sameLengths } from './lengths.js';
import type { Plan } from './weights.js';

/** The domain of the operators that keep channels in blocks, which are internal to ONNX Runtime. */
export const domain = 'com.microsoft.nchwc';

/** What is known of a graph before it is rewritten. */
export interface Known {
  readonly graph: Graph;
  readonly block: number;
  readonly lengths: ReadonlyMap<string, Lengths>;
  /** The weights of the convolutions that can be done in blocks. */
  readonly plans: ReadonlyMap<Node, Plan>;
}

/** In which order of channels each value is there; asking for another adds the node that makes it. */
export interface Layout extends Known {
  readonly edit: Edit;
  /** First passes over weights, remembered. */
  readonly rows: Map<string, string>;
  add(node: Node): void;
  /** Adds one of ONNX Runtime's own operators. */
  internal(op: string, inputs: readonly string[], output: string, attributes?: Attributes): void;
  inBlocks(value: string): boolean;
  /** The names of a value's forms. */
  blocked(value: string): string;
  ordered(value: string): string;
  /** Says that `value` is made in blocks; returns what its form there is called. */
  makeBlocked(value: string, channels: number): string;
  /** Whether a convolution will read this value in blocks. */
  wanted(value: string): boolean;
  /** Lengths of the channels where they fill blocks. */
  channels(value: string): number | undefined;
  same(a: string, b: string): boolean;
}

/** A convolution of few input channels reads these in order. */
export const readsFew = (node: Node, { shape }: Plan, block: number): boolean =>
  shape[1]! < block && intOf(node, 'group', 1) === 1;

export interface Writing {
  readonly layout: Layout;
  /** The nodes added since the last call. */
  take(): Node[];
}

export function startLayout(known: Known, edit: Edit): Writing {
  const { graph, block, lengths, plans } = known;
  const forms = new Map<string, { readonly name: string; readonly channels: number }>();
  const ordered = new Set([...graph.inputs.map(({ name }) => name), ...graph.initializers.keys()]);
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const readers = readersOf(graph);
  const reads = (node: Node) => {
    const plan = plans.get(node);
    return plan !== undefined && !readsFew(node, plan, block);
  };
  let nodes: Node[] = [];
  const layout: Layout = {
    ...known,
    edit,
    rows: new Map(),
    add: (node) => void nodes.push(node),
    internal(op, inputs, output, attributes = {}) {
      nodes.push({ op, domain, name: edit.fresh(`sl.${op}`), inputs, outputs: [output], attributes });
    },
    inBlocks: (value) => forms.has(value),
    blocked(value) {
      const form = forms.get(value);
      if (form) return form.name;
      ordered.add(value);
      const made = layout.makeBlocked(value, Number(lengths.get(value)?.[1]));
      layout.internal('ReorderInput', [value], made);
      return made;
    },
    ordered(value) {
      const form = forms.get(value);
      if (!form || ordered.has(value)) return value;
      ordered.add(value);
      layout.internal('ReorderOutput', [form.name], value, { channels: int(form.channels) });
      return value;
    },
    makeBlocked(value, channels) {
      const name = edit.fresh(`${value}.blocked`);
      forms.set(value, { name, channels });
      return name;
    },
    wanted: (value) => readers.get(value)?.some((node) => node.inputs[0] === value && reads(node)) ?? false,
    channels(value) {
      const own = lengths.get(value);
      return own?.length === 4 && typeof own[1] === 'number' && own[1] % block === 0 ? own[1] : undefined;
    },
    same: (a, b) => sameLengths(lengths.get(a), lengths.get(b)),
  };
  return {
    layout,
    take() {
      for (const value of outputs) if (layout.inBlocks(value)) layout.ordered(value);
      const taken = nodes;
      nodes = [];
      return taken;
    },
  };
}
