import { fromHalf } from '../../../tensor/half.js';
import { int, intOf } from '../../attributes.js';
import type { Attribute, Constant, ElementType, Graph, Node } from '../../graph.js';
import { dataTypes } from '../../schema.js';

/**
 * Converts 16-bit floats to float32; also float64 where an input or output has it or with `doubles`. The rest
 * is unchanged.
 */
export function inFloat32(graph: Graph, { doubles = false }: { readonly doubles?: boolean } = {}): Graph {
  const wide = doubles || [...graph.inputs, ...graph.outputs].some((v) => v.type === 'float64');
  const outdated = new Set<ElementType>(['float16', 'bfloat16', ...(wide ? (['float64'] as const) : [])]);
  const held = [...graph.initializers.values(), ...graph.inputs, ...graph.outputs];
  if (!held.some(({ type }) => outdated.has(type)) && !graph.nodes.some((n) => casts(n, outdated))) {
    return graph;
  }
  const typed = <T extends { readonly type: ElementType }>(value: T): T =>
    outdated.has(value.type) ? { ...value, type: 'float32' } : value;
  const constant = (value: Constant): Constant => (outdated.has(value.type) ? widened(value) : value);
  const attribute = (value: Attribute): Attribute =>
    value.kind === 'tensor' ? { kind: 'tensor', value: constant(value.value) } : value;
  return {
    ...graph,
    inputs: graph.inputs.map(typed),
    outputs: graph.outputs.map(typed),
    initializers: new Map([...graph.initializers].map(([name, value]) => [name, constant(value)])),
    nodes: graph.nodes.map((node) => ({
      ...node,
      attributes: {
        ...Object.fromEntries(Object.entries(node.attributes).map(([k, v]) => [k, attribute(v)])),
        ...(casts(node, outdated) ? { to: int(dataTypes.float32) } : {}),
      },
    })),
  };
}

const casts = (node: Node, to: ReadonlySet<ElementType>) =>
  node.op === 'Cast' && [...to].some((type) => dataTypes[type] === intOf(node, 'to', 0));

function widened({ type, data, shape }: Constant): Constant {
  const read = type === 'float16' ? fromHalf : type === 'bfloat16' ? fromBrain : Number;
  return { type: 'float32', data: Float32Array.from(data as ArrayLike<number>, read), shape };
}

/** Decodes bfloat16, the upper half of a binary32. */
function fromBrain(bits: number): number {
  return new Float32Array(Uint32Array.of(bits << 16).buffer)[0]!;
}
