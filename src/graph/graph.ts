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
  | 'bool';

/** An initializer or constant; `data` holds `bool` as bytes and 16-bit floats as their bits. */
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

/** One operation; '' stands for an omitted input or output. */
export interface Node {
  /** The operator, such as `Conv`. */
  readonly op: string;
  /** '' is ONNX's own domain. */
  readonly domain: string;
  /** Never empty and unique: unnamed nodes are named when a file is read. */
  readonly name: string;
  /** Names of the input values. */
  readonly inputs: readonly string[];
  /** Names of the output values. */
  readonly outputs: readonly string[];
  /** Attributes by name. */
  readonly attributes: Readonly<Record<string, Attribute>>;
}

/** A graph input or output; a string in `shape` is a symbolic length, `undefined` shape is unknown. */
export interface Value {
  readonly name: string;
  readonly type: ElementType;
  readonly shape?: readonly (number | string)[];
}

/** An ONNX model: nodes in execution order, connected by value names. */
export interface Graph {
  /** The graph's name in its file. */
  readonly name: string;
  /** Opset version by domain; '' is ONNX's own. */
  readonly opsets: Readonly<Record<string, number>>;
  /** Inputs, without the initializers. */
  readonly inputs: readonly Value[];
  /** Outputs, in the file's order. */
  readonly outputs: readonly Value[];
  /** Nodes in execution order. */
  readonly nodes: readonly Node[];
  /** Constants by value name. */
  readonly initializers: ReadonlyMap<string, Constant>;
  /** What is known of float32 values between, for an engine that cannot infer it. */
  readonly between?: readonly Value[];
  /** Text properties of the model file by name. */
  readonly metadata: Readonly<Record<string, string>>;
}
