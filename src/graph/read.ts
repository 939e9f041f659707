import { dirname } from 'node:path';
import { inputError, SightlineError, unsupported } from '../base/errors.js';
import { readBytes } from '../base/files.js';
import { sizeOf, type TypedArray } from '../tensor/tensor.js';
import { arrays } from './elements.js';
import { readExternal } from './external.js';
import { withoutFunctions } from './functions.js';
import type { Attribute, Constant, ElementType, Graph, Node, Value } from './graph.js';
import { inOrder, readsOf } from './order.js';
import {
  type AttributeProto,
  attributeTypes,
  dataTypes,
  type GraphProto,
  type Integer,
  ModelMessage,
  type ModelProto,
  type NodeProto,
  type TensorProto,
  type ValueInfoProto,
} from './schema.js';
import { classLabels, withoutText } from './text.js';

/**
 * Reads an ONNX file (opset 7 and later) with its external data files. Throws an input error that names the
 * file if it is no ONNX model, is damaged, or refers to a file outside its folder.
 */
export async function readOnnx(path: string): Promise<Graph> {
  return parsed(await readBytes(path), path, true);
}

/** `name` is the file's path: errors name it, and external data is found relative to it. */
export const parseOnnx = (bytes: Uint8Array, name: string): Graph => parsed(bytes, name, false);

interface Source {
  readonly folder: string;
  /** Whether constants may be moved within the file's bytes, and stay there. */
  readonly own: boolean;
}

function parsed(bytes: Uint8Array, name: string, own: boolean): Graph {
  try {
    const model = ModelMessage.decode(bytes) as ModelProto;
    if (!model.graph?.node?.length) throw inputError('it holds no graph');
    return toGraph(model, withoutFunctions(model, model.graph), { folder: dirname(name), own });
  } catch (error) {
    if (error instanceof SightlineError) throw new SightlineError(error.kind, `${name}: ${error.message}`);
    const kind = otherKind(bytes);
    const what =
      kind === undefined ? 'it is damaged or of another format' : `it is ${kind}: export it to ONNX`;
    throw inputError(`${name}: no readable ONNX model; ${what}`, error);
  }
}

const beginnings: readonly (readonly [at: number, text: string, kind: string])[] = [
  [0, 'PK\u0003\u0004', 'a zip archive, as PyTorch and Keras write'],
  [0, '\u0089HDF', 'an HDF5 file, as Keras writes'],
  [0, '\u0080\u0002', 'a pickle, as older PyTorch writes'],
  [4, 'TFL3', 'a TensorFlow Lite model'],
  [8, '{"', 'a file of weights alone (safetensors)'],
];

/** Names a model file of another framework by its first bytes. */
function otherKind(bytes: Uint8Array): string | undefined {
  const text = Buffer.from(bytes.subarray(0, 16)).toString('latin1');
  return beginnings.find(([at, beginning]) => text.startsWith(beginning, at))?.[2];
}

function toGraph(model: ModelProto, whole: GraphProto, source: Source): Graph {
  const proto = withoutText(whole);
  const labels = classLabels(whole);
  if (proto.sparse_initializer?.length)
    throw unsupported('it holds sparse initializers; export the model with dense ones');
  const stored = proto.initializer ?? [];
  const initializers = new Map(
    stored.map((t) => [t.name ?? '', toHalfBytes(t, source) ?? toConstant(t, source)]),
  );
  const nodes = named(proto.node ?? [], source);
  for (const tensor of stored) if (halfBytes[tensor.data_type ?? 0]) checkReaders(tensor, nodes);
  return inOrder({
    name: proto.name || 'graph',
    opsets: Object.fromEntries(
      (model.opset_import ?? []).map(({ domain = '', version = 1 }) => [
        domain === 'ai.onnx' ? '' : domain,
        Number(version),
      ]),
    ),
    // Before IR version 4 every initializer was also listed as an input.
    inputs: (proto.input ?? []).map(toValue).filter(({ name }) => !initializers.has(name)),
    outputs: (proto.output ?? []).map(toValue),
    nodes,
    initializers,
    metadata: Object.fromEntries(
      (model.metadata_props ?? []).map(({ key = '', value = '' }) => [key, value]),
    ),
    ...(labels && { labels }),
  });
}

function named(protos: readonly NodeProto[], source: Source): Node[] {
  const taken = new Set<string>();
  return protos.map((proto, i) => {
    let name = proto.name || `${proto.op_type}_${i}`;
    while (taken.has(name)) name = `${name}_${i}`;
    taken.add(name);
    return {
      op: proto.op_type ?? '',
      domain: proto.domain === 'ai.onnx' ? '' : (proto.domain ?? ''),
      name,
      inputs: proto.input ?? [],
      outputs: proto.output ?? [],
      attributes: Object.fromEntries(
        (proto.attribute ?? []).map((a) => [a.name ?? '', toAttribute(a, name, source)]),
      ),
    };
  });
}

function toAttribute(proto: AttributeProto, node: string, source: Source): Attribute {
  switch (proto.type) {
    case attributeTypes.float:
      return { kind: 'float', value: proto.f ?? 0 };
    case attributeTypes.int:
      return { kind: 'int', value: Number(proto.i ?? 0) };
    case attributeTypes.string:
      return { kind: 'string', value: utf8(proto.s ?? new Uint8Array()) };
    case attributeTypes.tensor:
      return { kind: 'tensor', value: toConstant(proto.t ?? {}, source) };
    case attributeTypes.graph:
      return { kind: 'graph', value: toGraph({}, proto.g ?? {}, source) };
    case attributeTypes.floats:
      return { kind: 'floats', value: proto.floats ?? [] };
    case attributeTypes.ints:
      return { kind: 'ints', value: (proto.ints ?? []).map(Number) };
    case attributeTypes.strings:
      return { kind: 'strings', value: (proto.strings ?? []).map(utf8) };
    default:
      throw unsupported(`attribute '${proto.name}' of node '${node}' has type ${proto.type}`);
  }
}

function toConstant(proto: TensorProto, source: Source): Constant {
  const name = proto.name || 'a constant';
  const type = elementType(proto.data_type ?? 0, `'${name}'`);
  const shape = (proto.dims ?? []).map(Number);
  const length = sizeOf(shape);
  if (!shape.every((n) => Number.isSafeInteger(n) && n >= 0) || !Number.isSafeInteger(length)) {
    throw inputError(`'${name}' has the impossible shape [${shape}]`);
  }
  const raw = proto.data_location === 1 ? readExternal(proto, source.folder) : proto.raw_data;
  const data = raw?.length ? fromBytes(raw, type, length, name, source.own) : fromFields(proto, type);
  if (data.length !== length) throw inputError(`'${name}' of shape [${shape}] holds ${data.length} values`);
  return { type, data, shape };
}

/** Types of four bits, read as those of eight: DequantizeLinear makes the same numbers of them. */
const halfBytes: Readonly<Record<number, 'uint8' | 'int8'>> = { 21: 'uint8', 22: 'int8' };

function toHalfBytes(proto: TensorProto, source: Source): Constant | undefined {
  const type = halfBytes[proto.data_type ?? 0];
  if (!type) return undefined;
  const shape = (proto.dims ?? []).map(Number);
  const raw = proto.data_location === 1 ? readExternal(proto, source.folder) : proto.raw_data;
  const bytes = raw?.length ? raw : Uint8Array.from(proto.int32_data ?? []);
  const length = sizeOf(shape);
  if (bytes.length !== Math.ceil(length / 2)) {
    throw inputError(`'${proto.name}' of shape [${shape}] holds ${2 * bytes.length} values of four bits`);
  }
  const data = new arrays[type](length);
  for (let i = 0; i < data.length; i++) {
    const half = (bytes[i >> 1]! >> (4 * (i & 1))) & 15;
    data[i] = type === 'int8' && half > 7 ? half - 16 : half;
  }
  return { type, data, shape };
}

/** Throws where another operator would take four bits for eight, and their range for another. */
function checkReaders({ name = '' }: TensorProto, nodes: readonly Node[]): void {
  const other = nodes.find((node) => node.op !== 'DequantizeLinear' && readsOf(node).includes(name));
  if (other) {
    throw unsupported(
      `'${name}' has numbers of four bits, which only DequantizeLinear may read; node '${other.name}' (${other.op}) reads them`,
    );
  }
}

function fromBytes(
  raw: Uint8Array,
  type: ElementType,
  length: number,
  name: string,
  own: boolean,
): TypedArray {
  const ArrayOf = arrays[type];
  if (raw.length !== length * ArrayOf.BYTES_PER_ELEMENT) {
    throw inputError(`'${name}' needs ${length} ${type} values but holds ${raw.length} bytes`);
  }
  if (own && raw.length >= 1 << 14) {
    // Less than 8 bytes back, over the tags and lengths of the tensor and its data: no copy of large weights.
    const at = raw.byteOffset - (raw.byteOffset % ArrayOf.BYTES_PER_ELEMENT);
    new Uint8Array(raw.buffer, at, raw.length).set(raw);
    return new ArrayOf(raw.buffer as ArrayBuffer, at, length);
  }
  const aligned = new Uint8Array(raw);
  return new ArrayOf(aligned.buffer, 0, length);
}

function fromFields(proto: TensorProto, type: ElementType): TypedArray {
  switch (type) {
    case 'float32':
      return Float32Array.from(proto.float_data ?? []);
    case 'float64':
      return Float64Array.from(proto.double_data ?? []);
    case 'int64':
      return BigInt64Array.from(proto.int64_data ?? [], bigint);
    case 'uint64':
      return BigUint64Array.from(proto.uint64_data ?? [], bigint);
    case 'uint32':
      return Uint32Array.from(proto.uint64_data ?? [], Number);
    default: {
      const values = proto.int32_data ?? [];
      const data = new arrays[type](values.length) as Int32Array;
      data.set(values);
      return data;
    }
  }
}

const otherTypes = [
  ['sequence_type', 'a sequence'],
  ['map_type', 'a map'],
  ['sparse_tensor_type', 'a sparse tensor'],
  ['optional_type', 'an optional value'],
] as const;

function toValue(proto: ValueInfoProto): Value {
  const { elem_type = 1, shape } = proto.type?.tensor_type ?? {};
  const name = proto.name ?? '';
  const type = elementType(elem_type, `'${name}'`);
  const other = otherTypes.find(([field]) => proto.type?.[field]?.length)?.[1];
  if (other) return { name, type, other };
  if (!shape) return { name, type };
  // A length of 0 means unknown.
  const lengths = (shape.dim ?? []).map((d, i) => Number(d.dim_value ?? 0) || d.dim_param || `${name}_${i}`);
  return { name, type, shape: lengths };
}

function elementType(code: number, what: string): ElementType {
  const found = Object.entries(dataTypes).find(([, c]) => c === code);
  if (!found)
    throw unsupported(`${what} has ONNX data type ${code}; known are ${Object.keys(dataTypes).join(', ')}`);
  return found[0] as ElementType;
}

const bigint = (value: Integer) => BigInt(value.toString());
const utf8 = (bytes: Uint8Array) => Buffer.from(bytes).toString('utf8');
