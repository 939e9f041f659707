import { int, intOf } from '../../graph/attributes.js';
import { is } from '../../graph/catalogue/index.js';
import { scalar } from '../../graph/elements.js';
import type { Attribute, Constant, Graph, Node } from '../../graph/graph.js';
import { changed } from '../../graph/rewrite.js';
import { dataTypes } from '../../graph/schema.js';
import type { Shapes } from '../../graph/shapes.js';
import { lowered } from './lower.js';

/**
 * Rewrites a graph to compute in float64, with operators that ONNX Runtime's CPU provider supports in
 * float64. Inputs and outputs keep their names and types. `shapes` are needed by a few operators. Returns
 * `undefined` when an operator has no float64 form.
 */
export function inDouble(graph: Graph, shapes: Shapes = new Map()): Graph | undefined {
  const known = lowered(graph, shapes);
  if ('op' in known) return undefined;
  const inputs = known.inputs.filter(({ type }) => type === 'float32').map(({ name }) => name);
  const made = new Map(known.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const outputs = known.outputs.map(({ name }) => name).filter((name) => isFloating(made.get(name)));
  const inner = new Map([...inputs, ...outputs].map((name) => [name, `sl.double.${name}`]));
  const of = (name: string) => inner.get(name) ?? name;
  const nodes = known.nodes.map((node) => ({
    ...inDoubles(node),
    inputs: node.inputs.map(of),
    outputs: node.outputs.map(of),
  }));
  const cast = (from: string, to: string, type: 'float32' | 'float64'): Node => ({
    op: 'Cast',
    domain: '',
    name: `sl.cast.${to}`,
    inputs: [from],
    outputs: [to],
    attributes: { to: int(dataTypes[type]) },
  });
  return {
    ...known,
    // ONNX Runtime does not reuse the memory of a value of unknown shape.
    between: known.between?.map(({ name, type, shape }) => ({
      name: of(name),
      type: type === 'float32' ? ('float64' as const) : type,
      shape,
    })),
    initializers: new Map([...known.initializers].map(([name, value]) => [name, doubled(value)])),
    nodes: [
      ...inputs.map((name) => cast(name, of(name), 'float64')),
      ...nodes,
      ...outputs.map((name) => cast(of(name), name, 'float32')),
    ],
  };
}

/** The first node without a float64 form; `undefined` when there is none. */
export function lacksDouble(graph: Graph, shapes: Shapes): Node | undefined {
  const found = lowered(graph, shapes);
  return 'op' in found ? found : undefined;
}

const doubled = (value: Constant): Constant =>
  value.type === 'float32'
    ? { ...value, type: 'float64', data: Float64Array.from(value.data as Float32Array) }
    : value;

/** Converts tensors in a node's attributes, and its output type, to float64. */
function inDoubles(node: Node): Node {
  const attributes: Record<string, Attribute> = {};
  for (const [name, attribute] of Object.entries(node.attributes)) {
    attributes[name] =
      attribute.kind === 'tensor' ? { kind: 'tensor', value: doubled(attribute.value) } : attribute;
  }
  if (node.op === 'ConstantOfShape') {
    const zero = { ...scalar(0, 'float64'), shape: [1] };
    attributes.value ??= { kind: 'tensor', value: zero };
  }
  if (node.op === 'Cast' && intOf(node, 'to', 0) === dataTypes.float32)
    attributes.to = int(dataTypes.float64);
  return changed(node, { attributes });
}

/** Whether a node's outputs are floating-point numbers. */
const isFloating = (node: Node | undefined): boolean =>
  node !== undefined &&
  !is(node, 'makes') &&
  (node.op !== 'Cast' || intOf(node, 'to', 0) === dataTypes.float32);
