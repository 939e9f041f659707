import { writeWhole } from '../base/files.js';
import type { Attribute, Constant, Graph, Value } from './graph.js';
import {
  type AttributeProto,
  attributeTypes,
  dataTypes,
  type GraphProto,
  ModelMessage,
  type ModelProto,
  type TensorProto,
  type ValueInfoProto,
} from './schema.js';

/** IR version 9 (ONNX 1.14 to 1.15) supports opset 20. */
const irVersion = 9;

/** Writes a graph as an ONNX file. */
export const writeOnnx = (path: string, graph: Graph): Promise<void> => writeWhole(path, formatOnnx(graph));

export const formatOnnx = (graph: Graph): Uint8Array => formatted(graph, fromConstant);

/** An ONNX file without its large initializers, and the offset of each of these in a second file. */
export interface SplitOnnx {
  readonly model: Uint8Array;
  readonly parts: readonly { readonly at: number; readonly bytes: Uint8Array }[];
}

/** The size in bytes from which an initializer goes into the second file, at a multiple of this. */
const page = 4096;

/** Formats a graph whose large initializers lie in a second file, named `location`. */
export function formatSplit(graph: Graph, location: string): SplitOnnx {
  const parts: { at: number; bytes: Uint8Array }[] = [];
  let end = 0;
  const model = formatted(graph, (constant) => {
    const { raw_data: bytes, ...described } = fromConstant(constant);
    if (bytes.length < page) return { ...described, raw_data: bytes };
    parts.push({ at: end, bytes });
    const entries = { location, offset: String(end), length: String(bytes.length) };
    end += Math.ceil(bytes.length / page) * page;
    return {
      ...described,
      data_location: 1,
      external_data: Object.entries(entries).map(([key, value]) => ({ key, value })),
    };
  });
  return { model, parts };
}

type FormatConstant = (constant: Constant) => TensorProto;

function formatted(graph: Graph, initializer: FormatConstant): Uint8Array {
  const docs = graph.inputs.flatMap(({ name, doc }) => (doc === undefined ? [] : [`${name}: ${doc}`]));
  const model: ModelProto = {
    ir_version: irVersion,
    producer_name: 'sightline',
    ...(docs.length > 0 && { doc_string: docs.join('\n') }),
    graph: fromGraph(graph, initializer),
    opset_import: Object.entries(graph.opsets).map(([domain, version]) => ({ domain, version })),
    metadata_props: Object.entries(graph.metadata).map(([key, value]) => ({ key, value })),
  };
  return ModelMessage.encode(model).finish();
}

function fromGraph(graph: Graph, initializer: FormatConstant): GraphProto {
  return {
    name: graph.name,
    node: graph.nodes.map(({ op, domain, name, inputs, outputs, attributes }) => ({
      op_type: op,
      domain,
      name,
      input: [...inputs],
      output: [...outputs],
      attribute: Object.entries(attributes).map(([key, value]) => fromAttribute(key, value)),
    })),
    initializer: [...graph.initializers].map(([name, constant]) => ({ name, ...initializer(constant) })),
    input: graph.inputs.map(fromValue),
    value_info: graph.between?.map(fromValue) ?? [],
    // Without a shape, the engine infers the output's type from its node.
    output: graph.outputs.map((v) => (v.shape ? fromValue(v) : { name: v.name })),
  };
}

function fromAttribute(name: string, attribute: Attribute): AttributeProto {
  const type = attributeTypes[attribute.kind];
  switch (attribute.kind) {
    case 'int':
      return { name, type, i: attribute.value };
    case 'float':
      return { name, type, f: attribute.value };
    case 'string':
      return { name, type, s: Buffer.from(attribute.value) };
    case 'ints':
      return { name, type, ints: [...attribute.value] };
    case 'floats':
      return { name, type, floats: [...attribute.value] };
    case 'strings':
      return { name, type, strings: attribute.value.map((s) => Buffer.from(s)) };
    case 'tensor':
      return { name, type, t: fromConstant(attribute.value) };
    case 'graph':
      return { name, type, g: fromGraph(attribute.value, fromConstant) };
  }
}

function fromConstant({ type, data, shape }: Constant): TensorProto & { readonly raw_data: Uint8Array } {
  return {
    dims: [...shape],
    data_type: dataTypes[type],
    raw_data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  };
}

function fromValue({ name, type, shape, doc }: Value): ValueInfoProto {
  const lengths = shape && {
    dim: shape.map((n) => (typeof n === 'string' ? { dim_param: n } : { dim_value: n })),
  };
  const described = { elem_type: dataTypes[type], ...(lengths && { shape: lengths }) };
  return { name, type: { tensor_type: described }, ...(doc !== undefined && { doc_string: doc }) };
}
