import * as tf from '@tensorflow/tfjs';
import { unsupported } from '../../base/errors.js';
import type { ByOperator } from '../../graph/catalogue/index.js';
import { arrays } from '../../graph/elements.js';
import type { Constant, ElementType, Node } from '../../graph/graph.js';

/**
 * A value of the graph while it runs. TensorFlow.js has 32-bit numbers alone: doubles lose digits, wide
 * integers wrap.
 */
export interface Value {
  /** What the graph takes it for. */
  readonly type: ElementType;
  readonly tensor: tf.Tensor;
  /** The numbers of a small integer value, known without asking the device. */
  readonly host?: readonly number[];
}

/** An operator: left-out inputs are `undefined`, and so are outputs that it does not give. */
export type Operator = (inputs: readonly (Value | undefined)[], node: Node) => readonly (Value | undefined)[];

/** Some operators by their ONNX names. */
export type Operators = Partial<ByOperator<Operator>>;

/** An operator whose inputs are all there, with one output of the first input's type. */
export const plain =
  (f: (inputs: readonly tf.Tensor[], node: Node) => tf.Tensor): Operator =>
  (inputs, node) => {
    const tensors = inputs.map((input) => input!.tensor);
    return [{ type: inputs[0]!.type, tensor: f(tensors, node) }];
  };

/** The whole numbers that a shape, axes or places are given as. */
export const wholes = (value: Value | undefined): readonly number[] | undefined =>
  value && (value.host ?? Array.from(value.tensor.dataSync()));

export const wholeNumbers = (numbers: readonly number[], shape: readonly number[]): Value => ({
  type: 'int64',
  tensor: tf.tensor(Int32Array.from(numbers), [...shape], 'int32'),
  host: numbers,
});

/** Integer values up to this length are shapes, axes and places rather than data. */
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

/** A copy in the graph's own type. */
export async function toConstant({ type, tensor }: Value): Promise<Constant> {
  const found = await tensor.data();
  const data = new arrays[type](found.length);
  const wide = type === 'int64' || type === 'uint64';
  if (wide) for (let i = 0; i < found.length; i++) (data as BigInt64Array)[i] = BigInt(found[i]!);
  else (data as Float32Array).set(found);
  return { type, data, shape: [...tensor.shape] };
}
