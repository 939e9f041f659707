import * as tf from '@tensorflow/tfjs';
import { unsupported } from '../../base/errors.js';
import type { ByOperator } from '../../graph/catalogue/index.js';
import { arrays } from '../../graph/elements.js';
import type { Constant, ElementType, Node } from '../../graph/graph.js';

/**
 * A value of the graph at run time. TensorFlow.js has 32-bit numbers only: float64 loses precision, int64 is
 * clamped.
 */
export interface Value {
  /** The element type in the graph. */
  readonly type: ElementType;
  readonly tensor: tf.Tensor;
  /** The elements of a small integer tensor, kept on the host to avoid a read from the device. */
  readonly host?: readonly number[];
}

/** An operator. Omitted optional inputs and outputs are `undefined`. */
export type Operator = (inputs: readonly (Value | undefined)[], node: Node) => readonly (Value | undefined)[];

/** Operators by ONNX name. */
export type Operators = Partial<ByOperator<Operator>>;

/** Makes an operator with no optional inputs and one output, of the first input's type. */
export const plain =
  (f: (inputs: readonly tf.Tensor[], node: Node) => tf.Tensor): Operator =>
  (inputs, node) => {
    const tensors = inputs.map((input) => input!.tensor);
    return [{ type: inputs[0]!.type, tensor: f(tensors, node) }];
  };

/** The integers of a tensor that holds a shape, axes or indices. */
export const wholes = (value: Value | undefined): readonly number[] | undefined =>
  value && (value.host ?? Array.from(value.tensor.dataSync()));

export const wholeNumbers = (numbers: readonly number[], shape: readonly number[]): Value => ({
  type: 'int64',
  tensor: tf.tensor(Int32Array.from(numbers), [...shape], 'int32'),
  host: numbers,
});

/** Integer tensors of up to this many elements are kept on the host: they may be shapes, axes or indices. */
const small = 4096;

export function dtypeOf(type: ElementType): 'float32' | 'int32' | 'bool' {
  if (type === 'bool') return 'bool';
  if (type === 'float32' || type === 'float64') return 'float32';
  if (type === 'float16' || type === 'bfloat16') throw unsupported(`TensorFlow.js has no ${type}`);
  return 'int32';
}

export function fromConstant({ type, data, shape }: Constant): Value {
  const dtype = dtypeOf(type);
  const dims = [...shape];
  if (dtype === 'float32') return { type, tensor: tf.tensor(Float32Array.from(data as Float32Array), dims) };
  if (dtype === 'bool') return { type, tensor: tf.tensor(Uint8Array.from(data as Uint8Array), dims, 'bool') };
  const numbers = Array.from(data as ArrayLike<number | bigint>, Number);
  const [low, high] = [-(2 ** 31), 2 ** 31 - 1];
  const narrow = Int32Array.from(numbers, (n) => Math.min(high, Math.max(low, n)));
  const tensor = tf.tensor(narrow, dims, 'int32');
  return numbers.length <= small ? { type, tensor, host: numbers } : { type, tensor };
}

/** Copies a value to the host, in the graph's element type. */
export async function toConstant({ type, tensor }: Value): Promise<Constant> {
  const found = await tensor.data();
  const data = new arrays[type](found.length);
  const wide = type === 'int64' || type === 'uint64';
  if (wide) for (let i = 0; i < found.length; i++) (data as BigInt64Array)[i] = BigInt(found[i]!);
  else (data as Float32Array).set(found);
  return { type, data, shape: [...tensor.shape] };
}
