import { int, intOf } from './attributes.js';
import { is } from './catalogue/index.js';
import { scalar } from './elements.js';
import type { Attribute, Constant, Graph, Node } from './graph.js';
import { changed } from './rewrite.js';
import { dataTypes } from './schema.js';

/** A number type that a graph of float32 values can be computed in. */
export interface NumberType {
  readonly type: 'float64' | 'float16';
  /** Converts a float32 constant; other constants are unchanged. */
  readonly constant: (value: Constant) => Constant;
}

/**
 * The graph in another number type. Inputs and outputs keep their names and types; outputs that are declared
 * to be of that type stay in it.
 */
export function computedIn({ type, constant }: NumberType, graph: Graph): Graph {
  const inputs = graph.inputs.filter(({ type }) => type === 'float32').map(({ name }) => name);
  const made = new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const outputs = graph.outputs
    .filter((output) => output.type !== type && isFloating(made.get(output.name)))
    .map(({ name }) => name);
  const inner = new Map([...inputs, ...outputs].map((name) => [name, `sl.${type}.${name}`]));
  const of = (name: string) => inner.get(name) ?? name;
  const nodes = graph.nodes.map((node) => ({
    ...inType(node, { type, constant }),
    inputs: node.inputs.map(of),
    outputs: node.outputs.map(of),
  }));
  const cast = (from: string, to: string, made: 'float32' | NumberType['type']): Node => ({
    op: 'Cast',
    domain: '',
    name: `sl.cast.${to}`,
    inputs: [from],
    outputs: [to],
    attributes: { to: int(dataTypes[made]) },
  });
  // The scales of a Resize are float32 whatever it resizes.
  const scales = new Set(graph.nodes.filter(({ op }) => op === 'Resize').flatMap((n) => n.inputs.slice(1)));
  const held = [...graph.initializers].map(
    ([name, value]) => [name, scales.has(name) ? value : constant(value)] as const,
  );
  return {
    ...graph,
    // ONNX Runtime does not reuse the memory of a value of unknown shape.
    between: graph.between?.map((value) => ({
      ...value,
      name: of(value.name),
      type: value.type === 'float32' ? type : value.type,
    })),
    initializers: new Map(held),
    nodes: [
      ...inputs.map((name) => cast(name, of(name), type)),
      ...nodes,
      ...outputs.map((name) => cast(of(name), name, 'float32')),
    ],
  };
}

/** Converts tensors in a node's attributes, and its output type. */
function inType(node: Node, { type, constant }: NumberType): Node {
  const attributes: Record<string, Attribute> = {};
  for (const [name, attribute] of Object.entries(node.attributes)) {
    attributes[name] =
      attribute.kind === 'tensor' ? { kind: 'tensor', value: constant(attribute.value) } : attribute;
  }
  if (node.op === 'ConstantOfShape') {
    attributes.value ??= { kind: 'tensor', value: constant({ ...scalar(0), shape: [1] }) };
  }
  if (node.op === 'Cast' && intOf(node, 'to', 0) === dataTypes.float32) attributes.to = int(dataTypes[type]);
  return changed(node, { attributes });
}

/** Whether a node's outputs are floating-point numbers. */
const isFloating = (node: Node | undefined): boolean =>
  node !== undefined &&
  !is(node, 'makes') &&
  (node.op !== 'Cast' || intOf(node, 'to', 0) === dataTypes.float32);
