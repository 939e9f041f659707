import { int, intOf, ints } from '../../graph/attributes.js';
import { type ByOperator, entryOf } from '../../graph/catalogue/index.js';
import { float32 } from '../../graph/elements.js';
import type { Graph, Node, Value } from '../../graph/graph.js';
import { dependents, readersOf } from '../../graph/order.js';
import { rewriteNodes } from '../../graph/rewrite.js';

/** Channels in a block, or a multiple of the block size of machines with smaller blocks. */
const BLOCK = 16;

/**
 * Keeps sums and products in NCHWc. ONNX Runtime keeps the blocked layout from convolution to convolution,
 * but converts both operands of Add and Mul to NCHW when only one of them is blocked. This pass converts the
 * other operand to NCHWc with an identity 1x1 depthwise convolution.
 */
export function keepBlocked(graph: Graph): Graph {
  const readers = readersOf(graph);
  const lengths = new Map(
    (graph.between ?? []).map(({ name, shape }): [string, Value['shape']] => [name, shape]),
  );
  const moving = dependents(graph);
  const blocked = new Set<string>();
  const plain = (value: string) => {
    const shape = lengths.get(value);
    const channels = shape?.[1];
    return !blocked.has(value) &&
      shape?.length === 4 &&
      typeof channels === 'number' &&
      channels % BLOCK === 0
      ? channels
      : undefined;
  };
  const moved = new Map<string, string>();
  return rewriteNodes(graph, (node, edit) => {
    if (!node.inputs.some((value) => moving.has(value))) return node;
    const [y] = node.outputs as [string];
    const stays = entryOf(staysBlocked, node);
    if (stays?.(node, { blocked, moving, readers })) blocked.add(y);
    if (stays !== all || blocked.has(y)) return node;
    const [a, b] = node.inputs as [string, string];
    const one = [a, b].find((value) => blocked.has(value));
    const other = one === a ? b : a;
    const channels = plain(other);
    if (!one || !channels || !readers.get(y)?.some(({ op }) => op === 'Conv')) return node;
    blocked.add(y);
    const known = moved.get(other);
    const toNchwc = known ?? edit.fresh(`${other}.blocked`);
    moved.set(other, toNchwc);
    const ones = () => edit.constant(float32(new Float32Array(channels).fill(1), [channels, 1, 1, 1]));
    const attributes = { group: int(channels), kernel_shape: ints([1, 1]) };
    const inputs = node.inputs.map((value) => (value === other ? toNchwc : value));
    return [...(known ? [] : [edit.node('Conv', [other, ones()], toNchwc, attributes)]), { ...node, inputs }];
  });
}

interface Known {
  readonly blocked: ReadonlySet<string>;
  /** Values that depend on the input. */
  readonly moving: ReadonlySet<string>;
  readonly readers: ReadonlyMap<string, readonly Node[]>;
}

type Stays = (node: Node, known: Known) => boolean;

const all: Stays = ({ inputs }, { blocked }) => inputs.every((value) => blocked.has(value));
const first: Stays = ({ inputs: [x], outputs }, { blocked }) => blocked.has(x!) && outputs.length === 1;
/**
 * ONNX Runtime fuses an activation into the convolution before it when nothing else reads that convolution.
 */
const fused: Stays = ({ inputs: [x] }, { blocked, readers }) =>
  blocked.has(x!) && readers.get(x!)?.length === 1;

/** Whether ONNX Runtime keeps a node's output in NCHWc, for the operators that it supports there. */
const staysBlocked: Partial<ByOperator<Stays>> = {
  Add: all,
  AveragePool: first,
  Clip: fused,
  Concat: (node, known) => intOf(node, 'axis', 0) === 1 && all(node, known),
  Conv: (node, { moving }) => !node.inputs.slice(1).some((value) => moving.has(value)) && groups(node),
  GlobalAveragePool: first,
  HardSigmoid: fused,
  LeakyRelu: fused,
  MaxPool: first,
  Mul: all,
  Relu: first,
  Sigmoid: first,
  Tanh: first,
};

/** Whether a convolution has one group or a multiple of `BLOCK` groups, as depthwise convolutions have. */
const groups = (node: Node): boolean => {
  const count = intOf(node, 'group', 1);
  return count === 1 || count % BLOCK === 0;
};
