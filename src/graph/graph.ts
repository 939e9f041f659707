import type { Tensor, TypedArray } from '../tensor/tensor.js';

/** ONNX element types that Sightline handles, by their names in the ONNX specification. */
export type ElementType =
  | 'float32'
  | 'float64'
  | 'float16'
  | 'bfloat16'
  | 'int8'
  | 'uint8'
  | 'int16'
  | 'uint16'
  | 'int32'
  | 'uint32'
  | 'int64'
  | 'uint64'
  | 'bool'
  | 'float8e4m3fn'
  | 'float8e4m3fnuz'
  | 'float8e5m2'
  | 'float8e5m2fnuz';

/** An initializer or constant. `data` holds `bool` as bytes, and floats of 8 and 16 bits as raw bits. */
export interface Constant extends Tensor<TypedArray> {
  /** The element type. */
  readonly type: ElementType;
}

export type Attribute =
  | { readonly kind: 'int'; readonly value: number }
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'string'; readonly value: string }
  | { readonly kind: 'ints'; readonly value: readonly number[] }
  | { readonly kind: 'floats'; readonly value: readonly number[] }
  | { readonly kind: 'strings'; readonly value: readonly string[] }
  | { readonly kind: 'tensor'; readonly value: Constant }
  | { readonly kind: 'graph'; readonly value: Graph };

/** One operation. '' marks an omitted input or output. */
export interface Node {
  /** The operator, such as `Conv`. */
  readonly op: string;
  /** The operator's domain; '' is ONNX's default domain. */
  readonly domain: string;
  /** Unique and not empty: unnamed nodes get a name when a file is read. */
  readonly name: string;
  /** Names of the input values. */
  readonly inputs: readonly string[];
  /** Names of the output values. */
  readonly outputs: readonly string[];
  /** Attributes by name. */
  readonly attributes: Readonly<Record<string, Attribute>>;
  /** The node of the file that it was made for, where a rewrite put it, perhaps with others, in its place. */
  readonly source?: Pick<Node, 'op' | 'name'>;
}

/** A node as the file knows it. */
export const sourceOf = ({ op, name, source }: Node): Pick<Node, 'op' | 'name'> => source ?? { op, name };

/** Where a user finds a node in the file, for messages that tell its operator. */
export function placeOf(node: Node): string {
  const { op, name } = sourceOf(node);
  return op === node.op ? `node '${name}'` : `a part of ${op} node '${name}'`;
}

/**
 * A graph input or output. A string in `shape` is a symbolic length; without `shape`, the shape is unknown.
 */
export interface Value {
  readonly name: string;
  readonly type: ElementType;
  readonly shape?: readonly (number | string)[];
  /** What it is where it is no tensor. */
  readonly other?: 'a sequence' | 'a map' | 'a sparse tensor' | 'an optional value';
  /** What it is, in a line, for whoever reads the file. */
  readonly doc?: string;
}

/** An ONNX model: nodes in execution order, connected by value names. */
export interface Graph {
  /** The graph's name in its file. */
  readonly name: string;
  /** Opset version by domain; '' is ONNX's default domain. */
  readonly opsets: Readonly<Record<string, number>>;
  /** Inputs, without the initializers. */
  readonly inputs: readonly Value[];
  /** Outputs, in the file's order. */
  readonly outputs: readonly Value[];
  /** Nodes in execution order. */
  readonly nodes: readonly Node[];
  /** Constants by value name. */
  readonly initializers: ReadonlyMap<string, Constant>;
  /** Types and shapes of intermediate float32 values, for an engine that cannot infer them. */
  readonly between?: readonly Value[];
  /** Text properties of the model file by name. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The names of classes by which the file labels its scores. */
  readonly labels?: readonly string[];
}
