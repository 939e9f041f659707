import { seededRandom } from '../../base/random.js';
import { float } from '../../graph/attributes.js';
import { int64, scalar } from '../../graph/elements.js';
import type { Node } from '../../graph/graph.js';
import { sizeOf } from '../../tensor/tensor.js';
import { type Array64, array64, fromConstant } from './arrays.js';
import { type Case, cases, titleOf } from './cases/index.js';
import { kernels } from './interpret.js';

export type Inputs = readonly (Array64 | undefined)[];

/** An operator with inputs that it is tried on, and others of the same shapes. */
export interface Trial {
  readonly node: Node;
  readonly inputs: Inputs;
  readonly others: Inputs;
  /** Whether an input is drawn: the others are constants. */
  readonly drawn: readonly boolean[];
  /** Whether the first axis of the first input is the batch, and of no other. */
  readonly batched: boolean;
}

const x = ['N', 3, 4] as const;
const unary = ['IsInf', 'IsNaN', 'Not'];
const binary = ['And', 'Equal', 'Greater', 'GreaterOrEqual', 'Less', 'LessOrEqual', 'Mod', 'Or', 'Xor'];
/** Operators without a gradient. */
const more: readonly Case[] = [
  ...[
    ...unary,
    'Ceil',
    'Floor',
    'Round',
    'Hardmax',
    'LpNormalization',
    'ArgMax',
    'ArgMin',
    'Shape',
    'Size',
  ].map((op) => ({
    op,
    inputs: [x],
  })),
  ...binary.flatMap((op): Case[] => [
    { op, inputs: [x, [4]] },
    { op, inputs: [['N', 1, 4], x] },
  ]),
  { op: 'ConstantOfShape', inputs: [int64([2, 3])] },
  { op: 'Max', inputs: [x, scalar(0.2)] },
  { op: 'Reciprocal', inputs: [x] },
  ...['Sin', 'Tan'].map((op): Case => ({ op, inputs: [x], between: [-6, 6] })),
  { op: 'ThresholdedRelu', inputs: [x], attributes: { alpha: float(-1) } },
];

function trialOf(one: Case): Trial {
  const random = seededRandom(titleOf(one));
  const [low, high] = one.between ?? [];
  const draw = () => (low === undefined ? random.normal() : low + (high! - low) * random.uniform());
  const fill = (shape: readonly (number | 'N')[]): Array64 => {
    const lengths = shape.map((length) => (length === 'N' ? 2 : length));
    return array64(Array.from({ length: sizeOf(lengths) }, draw), lengths);
  };
  const inputs = () =>
    one.inputs.map((input) => {
      if (input === '') return undefined;
      return 'data' in input ? fromConstant(input) : fill(input);
    });
  const names = one.inputs.map((input, i) => (input === '' ? '' : `x${i}`));
  const batches = one.inputs.map((input) => Array.isArray(input) && input.includes('N'));
  const [first] = one.inputs;
  return {
    node: {
      op: one.op,
      domain: '',
      name: 'node',
      inputs: names,
      outputs: Array.from({ length: one.outputs ?? 1 }, (_, i) => `y${i}`),
      attributes: one.attributes ?? {},
    },
    inputs: inputs(),
    others: inputs(),
    drawn: one.inputs.map((input) => input !== '' && !('data' in input)),
    batched: Array.isArray(first) && first[0] === 'N' && !batches.slice(1).includes(true),
  };
}

export const all = [...cases, ...more].filter(({ op }) => Object.hasOwn(kernels, op));
/** The trials of an operator. */
export const trialsOf = (op: string) => all.filter((one) => one.op === op).map(trialOf);
