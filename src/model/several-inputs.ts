import { inputError, usageError } from '../base/errors.js';
import { unknownName } from '../base/names.js';
import { int } from '../graph/attributes.js';
import { extend } from '../graph/builder.js';
import { float32, floating, int64, isFloat } from '../graph/elements.js';
import type { Constant, Graph, Value } from '../graph/graph.js';
import { upgrade } from '../graph/import/operators/upgrade.js';
import { dataTypes } from '../graph/schema.js';
import { range } from '../graph/shapes.js';
import { withReadInputs } from '../graph/tidy.js';
import { rows, sizeOf, type Tensor } from '../tensor/tensor.js';
import { checkTensor, lostConstants } from './declared-input.js';
import { wholeInputs } from './whole-inputs.js';

/**
 * What each input of a model gets, by name: `[N, ...]`, or one row for all samples; of an input without an
 * axis of samples, its whole.
 */
export type InputArrays = Readonly<Record<string, Tensor>>;

/** An attributed input: the shape of one sample, and where its values stand among those of all inputs. */
export interface InputPart {
  readonly name: string;
  readonly shape: readonly number[];
  readonly from: number;
}

/** Samples as a graph of one input takes them, and what that input holds. */
export interface JoinedInputs {
  readonly graph: Graph;
  /** `[N, ...]` of the one attributed input, or `[N, F]`: the values of several, one after the other. */
  readonly input: Tensor;
  /** The samples' places among all that were given. */
  readonly samples: readonly number[];
  readonly parts: readonly InputPart[];
}

const joinedName = 'sl.inputs';

/**
 * Makes a graph of several inputs one of one input: the inputs in `hold` are constants of it, and the others
 * are cut out of one flat input. Samples that hold different values need different graphs. Throws a usage
 * error where an input is missing, unknown or of another shape, or explained without an axis of samples.
 */
export function joinInputs(
  file: Graph,
  name: string,
  given: InputArrays,
  hold: readonly string[],
): readonly JoinedInputs[] {
  const known = file.inputs.map((input) => input.name);
  for (const one of [...Object.keys(given), ...hold])
    if (!known.includes(one)) throw unknownName(known, one, `input of ${name}`);
  const graph = withReadInputs(file);
  for (const input of graph.inputs) {
    checkTensor(input, name);
    const { name: one, shape } = input;
    if (given[one]) continue;
    const lost = lostConstants([input]);
    throw usageError(
      `${name}: input '${one}' [${shape ?? '?'}] is not given (--input ${one}=..)${lost && `; ${lost}`}`,
    );
  }
  const attributed = graph.inputs.filter((input) => !hold.includes(input.name));
  if (attributed.length === 0) throw usageError(`${name}: all inputs are held; one at least is explained`);
  const whole = wholeInputs(graph, name);
  for (const { name: one, shape } of attributed)
    if (whole.has(one))
      throw usageError(
        `${name}: input '${one}' [${shape}] has no axis of samples, and is one for all of them; hold it (--hold ${one})`,
      );
  // Of a scalar each sample may have its own.
  const isOne = ({ name: one, shape }: Value) => whole.has(one) && shape?.length !== 0;
  const count = Math.max(
    ...graph.inputs.map((input) => (isOne(input) ? 1 : (given[input.name]!.shape[0] ?? 1))),
  );
  const taken = (input: Value) =>
    (isOne(input) ? wholeFor : arrayFor)(input, given[input.name]!, name, count);
  const arrays = Object.fromEntries(graph.inputs.map((input) => [input.name, taken(input)]));
  const held = graph.inputs.filter((input) => hold.includes(input.name));
  const rowOf = (one: string, sample: number) =>
    arrays[one]!.shape[0] === 1 ? arrays[one]! : rows(arrays[one]!, sample, sample + 1);
  const groups = new Map<string, number[]>();
  for (const sample of range(count)) {
    const key = held.map((input) => rowOf(input.name, sample).data.join()).join(';');
    groups.set(key, [...(groups.get(key) ?? []), sample]);
  }
  const parts = partsOf(attributed, arrays);
  return [...groups.values()].map((samples) => {
    const constants = held.map((input) => ({
      ...{ input, row: rowOf(input.name, samples[0]!), isWhole: whole.has(input.name) },
    }));
    return {
      graph: joined(graph, attributed, parts, constants),
      input: stackedInput(parts, samples, rowOf),
      ...{ samples, parts },
    };
  });
}

/** One row for all samples, of an input that has no axis of them. */
function wholeFor({ name: one, shape = [] }: Value, { data, shape: got }: Tensor, name: string): Tensor {
  const own = got.length > shape.length && got[0] === 1 ? got.slice(1) : got;
  if (fits(own, shape)) return { data, shape: [1, ...own] };
  throw usageError(
    `${name}: input '${one}' takes [${shape}], one for all samples, as it has no axis of them; got [${got}]`,
  );
}

function arrayFor({ name: one, shape }: Value, array: Tensor, name: string, count: number): Tensor {
  const wanted = shape?.slice(1);
  const single = array.data.length === 1;
  // A number stands for a sample of one value.
  if (single && wanted?.every((n) => n === 1)) return { ...array, shape: [1, ...(wanted as number[])] };
  const [got, ...sample] = array.shape;
  if (got === undefined || (wanted && !fits(sample, wanted))) {
    const taken =
      shape?.length === 0 ? 'takes one number, or one for each sample [N]' : `takes [${shape ?? '?'}]`;
    throw usageError(
      `${name}: input '${one}' ${taken}; got ${got === undefined ? 'one number' : `[${array.shape}]`}`,
    );
  }
  if (got !== 1 && got !== count)
    throw usageError(`${name}: input '${one}' has ${got} samples; another has ${count}`);
  return array;
}

const fits = (lengths: readonly number[], wanted: readonly (number | string)[]): boolean =>
  wanted.length === lengths.length && wanted.every((n, i) => typeof n === 'string' || n === lengths[i]);

function partsOf(attributed: readonly Value[], arrays: InputArrays): InputPart[] {
  let from = 0;
  return attributed.map(({ name }) => {
    const shape = arrays[name]!.shape.slice(1);
    const part = { name, shape, from };
    from += sizeOf(shape);
    return part;
  });
}

function stackedInput(
  parts: readonly InputPart[],
  samples: readonly number[],
  rowOf: (name: string, sample: number) => Tensor,
): Tensor {
  const [only, ...others] = parts as [InputPart, ...InputPart[]];
  const last = parts.at(-1)!;
  const width = last.from + sizeOf(last.shape);
  const data = new Float32Array(samples.length * width);
  for (const [row, sample] of samples.entries())
    for (const { name, from } of parts) data.set(rowOf(name, sample).data, row * width + from);
  return { data, shape: [samples.length, ...(others.length === 0 ? only.shape : [width])] };
}

interface Held {
  readonly input: Value;
  /** `[1, ...]`. */
  readonly row: Tensor;
  /** Whether the row is all that the network reads, and not that of each sample. */
  readonly isWhole: boolean;
}

function joined(
  graph: Graph,
  attributed: readonly Value[],
  parts: readonly InputPart[],
  held: readonly Held[],
): Graph {
  for (const { name, type } of attributed)
    if (!isFloat(type) && attributed.length > 1)
      throw inputError(`input '${name}' holds ${type}, which has no derivative; hold it (--hold ${name})`);
  const [first] = attributed as [Value, ...Value[]];
  const flat = attributed.length > 1;
  const width = parts.at(-1)!.from + sizeOf(parts.at(-1)!.shape);
  const input: Value = flat ? { name: joinedName, type: 'float32', shape: ['N', width] } : first;
  const own = (graph.opsets[''] ?? 0) < 10 ? upgrade(graph) : graph;
  const builder = extend({ ...own, inputs: [input] });
  const count = builder.emit('Slice', [
    builder.emit('Shape', [input.name]),
    builder.constant(int64([0])),
    builder.constant(int64([1])),
  ]);
  for (const { input: one, row, isWhole } of held) {
    const { name, type } = one;
    const shape = row.shape.slice(1);
    if (isWhole) {
      builder.constant(constantOf(type, { ...row, shape }), name);
      continue;
    }
    const value = builder.constant(constantOf(type, row));
    builder.emit('Expand', [value, builder.concat([count, builder.constant(int64(shape))], 0)], {}, name);
  }
  if (flat)
    for (const { name, shape, from } of parts) {
      const cut = builder.slice(input.name, [{ axis: 1, start: from, end: from + sizeOf(shape), step: 1 }]);
      const shaped = builder.reshape(cut, [-1, ...shape]);
      const { type } = attributed.find((one) => one.name === name)!;
      if (type === 'float32') builder.alias(shaped, name);
      else builder.emit('Cast', [shaped], { to: int(dataTypes[type]) }, name);
    }
  const made = builder.finish([input], own.outputs);
  const added = made.nodes.slice(own.nodes.length);
  return { ...made, nodes: [...added, ...own.nodes] };
}

/** Held numbers in the type of their input. */
function constantOf(type: Value['type'], { data, shape }: Tensor): Constant {
  const numbers = Array.from(data);
  switch (type) {
    case 'float32':
      return float32(numbers, shape);
    case 'float64':
      return floating('float64', numbers, shape);
    case 'int64':
      return int64(numbers.map(Math.round), shape);
    case 'int32':
      return { type, data: Int32Array.from(numbers), shape };
    case 'bool':
    case 'uint8':
      return { type, data: Uint8Array.from(numbers), shape };
    default:
      throw inputError(`an input of type ${type} can't be held; float32, int64, int32, uint8 and bool can`);
  }
}
