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

/** An initializer or constant: `data` holds `bool` as bytes and the 16-bit floats as their bits. */
export interface Constant extends Tensor<TypedArray> {
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
  readonly op: string;
  /** '' is ONNX's own domain. */
  readonly domain: string;
  /** Never empty and unique: unnamed nodes are named when a file is read. */
  readonly name: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
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
  readonly name: string;
  /** Opset version by domain; '' is ONNX's own. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly nodes: readonly Node[];
  readonly initializers: ReadonlyMap<string, Constant>;
  /** What is known of float32 values between, for an engine that cannot infer it. */
  readonly between?: readonly Value[];
  readonly metadata: Readonly<Record<string, string>>;
}
