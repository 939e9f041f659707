import { intOf, tensorOf } from './attributes.js';
import { is } from './catalogue/index.js';
import type { ElementType, Graph, Node } from './graph.js';
import { dataTypes } from './schema.js';

/**
 * The element type of each value, inferred from inputs and initializers. `around` holds the types of the
 * outer values that a subgraph reads.
 */
export function elementTypes(
  graph: Graph,
  around: ReadonlyMap<string, ElementType> = new Map(),
): Map<string, ElementType> {
  const types = new Map(around);
  for (const { name, type } of graph.inputs) types.set(name, type);
  for (const [name, { type }] of graph.initializers) types.set(name, type);
  for (const node of graph.nodes) {
    const made = bodyTypes(node, types);
    for (const [i, output] of node.outputs.entries()) {
      const places = i > 0 && is(node, 'besides', 'places');
      const type = made ? made[i] : places ? 'int64' : typeOfOutput(node, i, types);
      if (output !== '' && type !== undefined) types.set(output, type);
    }
  }
  return types;
}

function typeOfOutput(
  node: Node,
  index: number,
  types: ReadonlyMap<string, ElementType>,
): ElementType | undefined {
  const of = (input: number) => types.get(node.inputs[input] ?? '');
  if (is(node, 'makes', 'bool') || (index > 0 && is(node, 'besides', 'mask'))) return 'bool';
  if (is(node, 'makes', 'int64')) return 'int64';
  switch (node.op) {
    case 'Cast':
      return castTo(node);
    case 'CastLike':
    case 'Where':
    case 'DequantizeLinear':
      return of(1);
    case 'OneHot':
      return of(2);
    case 'Constant':
    case 'ConstantOfShape':
      return tensorOf(node, 'value')?.type ?? 'float32';
    default:
      return of(0);
  }
}

/** The type that a Cast makes. */
export function castTo(node: Node): ElementType | undefined {
  const to = intOf(node, 'to', dataTypes.float32);
  return (Object.keys(dataTypes) as ElementType[]).find((type) => dataTypes[type] === to);
}

/** The types of a node's outputs that its subgraph makes; a Loop's body has its condition before them. */
function bodyTypes(node: Node, types: ReadonlyMap<string, ElementType>) {
  const body = Object.values(node.attributes).find((attribute) => attribute.kind === 'graph');
  if (body?.kind !== 'graph') return undefined;
  const inner = elementTypes(body.value, types);
  const made = body.value.outputs.map(({ name }) => inner.get(name));
  return node.op === 'Loop' ? made.slice(1) : made;
}

/** The least and the greatest number of the types of whole numbers that values are quantised to. */
export const wholeRanges: Readonly<Record<string, readonly [least: number, greatest: number]>> = {
  int8: [-128, 127],
  int16: [-32768, 32767],
  uint8: [0, 255],
  uint16: [0, 65535],
};
