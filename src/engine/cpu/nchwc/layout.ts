import type { Attributes } from '../../../graph/attributes.js';
import { int, intOf } from '../../../graph/attributes.js';
import { is } from '../../../graph/catalogue/index.js';
import type { Graph, Node } from '../../../graph/graph.js';
import { readersOf } from '../../../graph/order.js';
import type { Edit } from '../../../graph/rewrite.js';
import { elementwise, meet, type Outline } from './outlines.js';
import type { WeightLayout } from './weights.js';

/** The operator domain of ONNX Runtime's internal NCHWc operators. */
export const domain = 'com.microsoft.nchwc';

/** The facts about a graph that the rewriting needs. */
export interface Known {
  readonly graph: Graph;
  readonly block: number;
  readonly outlines: ReadonlyMap<string, Outline>;
  /** The convolutions that can run in NCHWc, with the layout of their weights. */
  readonly weightLayouts: ReadonlyMap<Node, WeightLayout>;
  /** The convolutions that are filter gradients, of image and dy `[N, C, H, W]`. */
  readonly filterGradients: ReadonlySet<Node>;
}

/**
 * Tracks in which layout (NCHW or NCHWc) each value exists. Asking for the other layout adds the node that
 * converts.
 */
export interface Layout extends Known {
  readonly edit: Edit;
  /** The constants and intermediate values that several weights share. */
  readonly shared: Map<unknown, string>;
  add(node: Node): void;
  /** Adds an internal NCHWc operator. */
  internal(op: string, inputs: readonly string[], output: string, attributes?: Attributes): void;
  toNchwc(value: string): boolean;
  /** The name of a value in NCHWc (`blocked`) or in NCHW (`ordered`); adds a conversion where needed. */
  blocked(value: string): string;
  ordered(value: string): string;
  /**
   * Registers `value` as computed in NCHWc and returns the name of that form. `node`, if given, is computed
   * again in NCHW when a reader needs it; otherwise a reorder node converts the value.
   */
  makeBlocked(value: string, channels: number, node?: Node): string;
  /**
   * Whether a convolution reads this value in NCHWc, directly or through elementwise, Concat, Split or Slice
   * nodes.
   */
  wanted(value: string): boolean;
  /** The number of channels of a 4-D value when it is a multiple of the block size. */
  channels(value: string): number | undefined;
  same(a: string, b: string): boolean;
  /** Whether a value has one element. */
  single(value: string): boolean;
  /** Whether two values, by the names of their NCHWc forms, have the same batch size. */
  together(a: string, b: string): boolean;
}

/** Writes a node in NCHWc. Returns false, and writes nothing, when the node must stay in NCHW. */
export type Writer = (node: Node, layout: Layout) => boolean;

/** Whether a convolution has fewer input channels than a block; its kernel reads NCHW. */
export const readsFew = (node: Node, { shape }: WeightLayout, block: number): boolean =>
  shape[1]! < block && intOf(node, 'group', 1) === 1;

const repeated = (node: Node, { edit, ordered }: Layout): Node => ({
  ...node,
  name: edit.fresh(node.name),
  inputs: node.inputs.map(ordered),
});

const handsOn = (node: Node) => elementwise(node) || is(node, 'moves', 'joined', 'cut');

export interface Writing {
  readonly layout: Layout;
  /** Returns the nodes added since the last call, with the graph outputs converted to NCHW. */
  take(): Node[];
}

export function startLayout(known: Known, edit: Edit): Writing {
  const { graph, block, outlines, weightLayouts } = known;
  const forms = new Map<
    string,
    { readonly name: string; readonly channels: number; readonly again?: Node }
  >();
  const ordered = new Set([...graph.inputs.map(({ name }) => name), ...graph.initializers.keys()]);
  const outputs = new Set(graph.outputs.map(({ name }) => name));
  const readers = readersOf(graph);
  const reads = (node: Node) => {
    const weights = weightLayouts.get(node);
    return weights !== undefined && !readsFew(node, weights, block);
  };
  const lengths = (value: string) => outlines.get(value)?.lengths;
  const batches = new Map<string, number | string | undefined>();
  const awaited = new Map<string, boolean>();
  let nodes: Node[] = [];
  const layout: Layout = {
    ...known,
    edit,
    shared: new Map(),
    add: (node) => void nodes.push(node),
    internal(op, inputs, output, attributes = {}) {
      nodes.push({ op, domain, name: edit.fresh(`sl.${op}`), inputs, outputs: [output], attributes });
    },
    toNchwc: (value) => forms.has(value),
    blocked(value) {
      const form = forms.get(value);
      if (form) return form.name;
      ordered.add(value);
      const made = layout.makeBlocked(value, layout.channels(value)!);
      layout.internal('ReorderInput', [value], made);
      return made;
    },
    ordered(value) {
      const form = forms.get(value);
      if (!form || ordered.has(value)) return value;
      ordered.add(value);
      if (form.again) layout.add(repeated(form.again, layout));
      else layout.internal('ReorderOutput', [form.name], value, { channels: int(form.channels) });
      return value;
    },
    makeBlocked(value, channels, again) {
      const name = edit.fresh(`${value}.blocked`);
      forms.set(value, { name, channels, ...(again && { again }) });
      batches.set(name, lengths(value)?.[0]);
      return name;
    },
    wanted(value) {
      const known = awaited.get(value);
      if (known !== undefined) return known;
      const found = (readers.get(value) ?? []).some(
        (node) =>
          (node.inputs[0] === value && reads(node)) || (handsOn(node) && node.outputs.some(layout.wanted)),
      );
      awaited.set(value, found);
      return found;
    },
    channels(value) {
      const channels = lengths(value)?.length === 4 && lengths(value)![1];
      return typeof channels === 'number' && channels % block === 0 ? channels : undefined;
    },
    same: (a, b) => meet(lengths(a), lengths(b)),
    together: (a, b) => batches.get(a) === batches.get(b),
    single: (value) => lengths(value)?.every((length) => length === 1) ?? false,
  };
  return {
    layout,
    take() {
      for (const value of outputs) if (layout.toNchwc(value)) layout.ordered(value);
      const taken = nodes;
      nodes = [];
      return taken;
    },
  };
}
