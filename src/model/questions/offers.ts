import { isFloat } from '../../graph/elements.js';
import type { Graph, Value } from '../../graph/graph.js';
import { ancestors } from '../../graph/order.js';
import { isPlane, isPlaneOf } from '../axes.js';
import { type Classifier, imageShape } from '../classifier.js';
import { endOf } from '../head/end.js';
import { isKept } from '../head/lookup.js';
import type { Link } from '../head.js';
import { boxesIn, hasUnclearBoxes } from '../joined-boxes.js';

/** A target that a model offers, in the words of `--target`, and what it is. */
export interface Offer {
  readonly target: string;
  readonly explains: string;
}

/** So many classes are listed one by one. */
const listed = 20;

/** The targets that a model offers: of its explained output, and of the other outputs of its file. */
export function offersOf(file: Graph, model: Classifier): readonly Offer[] {
  const { head, output, shapes } = model;
  const isRows = shapes.get(output)!.dims.length === 2;
  const scores = isRows && head.link !== 'none';
  const explained = head.before ?? output;
  // One number that is only assumed to be a score may be a quantity, asked for by its name.
  const known = scores && head.assumed === undefined;
  const others = floatsOf(file).filter(({ name }) => !(known && name === explained));
  const [lengths] = file.inputs.map(({ shape }) => shape ?? []);
  const plane = ({ name, shape = [] }: Value) =>
    shapes.has(name) ? isPlaneOf(model, name) : isPlane(shape, lengths ?? []);
  // Tokens that the scores are made of are no boxes.
  const top = head.before ?? head.of ?? output;
  const below = ancestors(file, top);
  const isInner = ({ name }: Value) => isRows && name !== top && below.has(name);
  const isGroup = (value: Value) =>
    (isGroups(file, value, lengths) || (isInner(value) && isBoxes(value, lengths))) && !plane(value);
  const isBox = (value: Value) => isBoxes(value, lengths) && !plane(value) && !isGroup(value);
  const isMap = (value: Value) => hasPositions(value) && !isBox(value) && !isGroup(value);
  const boxes = others.find(isBox);
  const map = others.find(({ name }) => !scores && name === explained) ?? others.find(isMap);
  return [
    ...(scores ? ofClasses(model) : []),
    ...others
      .filter((value) => !isBox(value) || value === boxes)
      .flatMap((value) => {
        if (isMap(value)) return ofMap(subjectOf(file, model, value), value, value === map);
        if (isBox(value)) return [ofBoxes(model), ...ofGroups(file, value)];
        return isGroup(value) ? ofGroups(file, value) : ofOutput(value, shapes.get(value.name)?.dims);
      }),
  ];
}

/** A target that a file needs before it can be loaded: none where an output holds one number for a class. */
export function neededTarget(file: Graph): string | undefined {
  const floats = floatsOf(file);
  if (floats.some(isRow)) return undefined;
  const [first] = floats;
  const read = file.inputs[0]?.shape;
  const plane = first && isPlane(first.shape!, read ?? []);
  if (first && isGroups(file, first, read) && !plane) return elementIn(first);
  const isMap = first && (!isBoxes(first, read) || plane);
  return first && (isMap ? 'region:0@predicted' : 'box:0,0,1,1@0');
}

const floatsOf = ({ inputs, outputs }: Graph) =>
  outputs.filter(({ type }) => isFloat(type)).map((value) => batchFirst(value, inputs[0]?.shape?.[0]));

/** An output with the axis of the batch, by its name, before the others. */
function batchFirst(value: Value, batch: number | string | undefined): Value {
  const axis = typeof batch === 'string' ? (value.shape?.indexOf(batch) ?? -1) : -1;
  return axis > 0 ? { ...value, shape: [batch!, ...value.shape!.toSpliced(axis, 1)] } : value;
}

/** Whether an output holds one number for each class, such as `[N, K]` or `[N, K, 1, 1]`. */
const isRow = ({ shape }: Value) => !shape || shape.slice(1).filter((length) => length !== 1).length < 2;

const hasPositions = (value: Value) => {
  const axes = value.shape?.length ?? 0;
  return axes > 3 || (axes === 3 && !isRow(value));
};

/** Whether an output may be boxes `[N, boxes, 4 + classes]`; a signal `[N, C, L]` has none. */
const isBoxes = (value: Value, read: Value['shape']) =>
  value.shape?.length === 3 && !isRow(value) && read?.length !== 3;

/**
 * Whether an output is scores in groups, such as two of each finding `[N, findings, 2]`: a softmax goes over
 * all of it, it has too few numbers for boxes with scores and none beside it has them, several outputs may be
 * boxes, or the model reads a volume, whose boxes have other numbers.
 */
function isGroups(file: Graph, value: Value, read: Value['shape']): boolean {
  if (!isBoxes(value, read)) return false;
  if (read?.length === 5 || endOf(file, value.name)?.link === 'softmax' || hasUnclearBoxes(file)) return true;
  const pair = boxesIn(file);
  return isNarrow(value) && pair?.boxes.name !== value.name && pair?.scores.name !== value.name;
}

/** Whether a box and its scores are fewer than five numbers. */
const isNarrow = ({ shape }: Value) => typeof shape!.at(-1) === 'number' && Number(shape!.at(-1)) < 5;

/** What an output's numbers are called where they are no raw scores. */
const numberOf: Partial<Record<Link, string>> = {
  identity: 'probability, as the output holds it,',
  exp: 'log-probability, as the output holds it,',
};

function ofClasses({ classes, head }: Classifier): Offer[] {
  const last = classes.length - 1;
  const name = classes[last]!;
  const number = numberOf[head.link] ?? 'raw score';
  const one = (k: number) => ({ target: `class:${k}`, explains: `the ${number} of ${classes[k]}` });
  const shown = classes.slice(0, listed).map((_, k) => one(k));
  return [
    ...shown,
    ...(last >= listed ? [one(last)] : []),
    ...(last > 0 ? [{ target: `class:${last}-0`, explains: `${name} against ${classes[0]}` }] : []),
    { target: `probability:${last}`, explains: `the probability of ${name}` },
    { target: `log-probability:${last}`, explains: 'its logarithm' },
    ...(head.link === 'softmax' && last === 0
      ? []
      : [{ target: `log-odds:${last}`, explains: 'log p - log(1 - p) of it' }]),
  ];
}

/** A map in words: where the score before its softmax or sigmoid is explained in its place, that. */
function subjectOf(file: Graph, { head }: Classifier, { name }: Value): string {
  if (name !== head.before) return `'${name}'`;
  return `the score before the final ${endOf(file, name)?.took ?? 'activation'} of '${name}'`;
}

/** What can be asked of a map; of one that a region's target does not take by itself, by its name. */
function ofMap(subject: string, { name }: Value, taken: boolean): Offer[] {
  const by = taken ? '' : ` (with option output=${name})`;
  return [
    {
      target: 'region:0@predicted',
      explains: `the mean of class 0 of ${subject} where it is predicted${by}`,
    },
    { target: 'region:0@predicted(largest)', explains: `the same over its largest connected part${by}` },
    { target: 'region:0@mask.npy(sum)', explains: `its sum over a mask${by}` },
  ];
}

const elementIn = ({ name, shape = [] }: Value) => `output:${name}[${shape.slice(1).fill(0)}]`;

/** One number of an output of groups, and of the scores before its softmax. */
function ofGroups(file: Graph, value: Value): Offer[] {
  const end = endOf(file, value.name);
  const before = end?.link === 'softmax' && end.after.every(isKept) && { ...value, name: end.score };
  return [
    { target: elementIn(value), explains: `one number of '${value.name}', by its place behind the batch` },
    ...(before ? [{ target: elementIn(before), explains: `its score before the final ${end.took}` }] : []),
  ];
}

function ofBoxes(model: Classifier): Offer {
  const { height, width } = imageShape(model);
  const explains = `the score of class 0 of the box that best overlaps x,y,width,height`;
  return { target: `box:0,0,${width},${height}@0`, explains };
}

/** What can be asked of a row of numbers, by its declared shape, or its own where a length is open. */
function ofOutput({ name, shape }: Value, probed?: readonly number[]): Offer[] {
  if (!shape) return [];
  const [, ...lengths] = shape;
  if (lengths.every((n) => n === 1))
    return [
      { target: `output:${name}`, explains: `'${name}' as it is` },
      { target: `output:${name}@0`, explains: 'its signed distance from a value, here 0' },
    ];
  const count = typeof lengths[0] === 'number' ? lengths[0] : probed?.[1];
  const numbers = count === undefined ? 'numbers' : `${count} numbers`;
  return [
    { target: `output:${name}[0]`, explains: `one of the ${numbers} of '${name}'` },
    {
      target: `similarity:${name}@reference.npy`,
      explains: `the cosine similarity of '${name}' to a vector`,
    },
  ];
}
