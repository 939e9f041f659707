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
    for (const [i, output] of node.outputs.entries()) {
      const type = i > 0 && is(node, 'besides', 'places') ? 'int64' : typeOfOutput(node, i, types);
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
    case 'If':
    case 'Loop':
    case 'Scan':
      return bodyType(node, index, types);
    default:
      return of(0);
  }
}

/** The type that a Cast makes. */
export function castTo(node: Node): ElementType | undefined {
  const to = intOf(node, 'to', dataTypes.float32);
  return (Object.keys(dataTypes) as ElementType[]).find((type) => dataTypes[type] === to);
}

/** The type of an output of a subgraph; a Loop's body has its condition before them. */
function bodyType(node: Node, index: number, types: ReadonlyMap<string, ElementType>) {
  const body = Object.values(node.attributes).find((attribute) => attribute.kind === 'graph');
  if (body?.kind !== 'graph') return undefined;
  const made = body.value.outputs[index + (node.op === 'Loop' ? 1 : 0)];
  return made && elementTypes(body.value, types).get(made.name);
}
