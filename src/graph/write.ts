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

export function formatOnnx(graph: Graph): Uint8Array {
  const model: ModelProto = {
    ir_version: irVersion,
    producer_name: 'sightline',
    graph: fromGraph(graph),
    opset_import: Object.entries(graph.opsets).map(([domain, version]) => ({ domain, version })),
    metadata_props: Object.entries(graph.metadata).map(([key, value]) => ({ key, value })),
  };
  return ModelMessage.encode(model).finish();
}

function fromGraph(graph: Graph): GraphProto {
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
    initializer: [...graph.initializers].map(([name, constant]) => ({ name, ...fromConstant(constant) })),
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
      return { name, type, g: fromGraph(attribute.value) };
  }
}

function fromConstant({ type, data, shape }: Constant): TensorProto {
  return {
    dims: [...shape],
    data_type: dataTypes[type],
    raw_data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength),
  };
}

function fromValue({ name, type, shape }: Value): ValueInfoProto {
  const lengths = shape && {
    dim: shape.map((n) => (typeof n === 'string' ? { dim_param: n } : { dim_value: n })),
  };
  return { name, type: { tensor_type: { elem_type: dataTypes[type], ...(lengths && { shape: lengths }) } } };
}
