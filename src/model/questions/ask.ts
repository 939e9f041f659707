import { usageError } from '../../base/errors.js';
import { quietly, type RunContext } from '../../base/run.js';
import { float32 } from '../../graph/elements.js';
import { canonical, inFloat32 } from '../../graph/import/canonical.js';
import { openLinear } from '../../graph/import/operators/open-linear.js';
import { readOnnx } from '../../graph/read.js';
import { norm } from '../../tensor/norm.js';
import { readNpy } from '../../tensor/npy.js';
import { isTensor } from '../../tensor/option.js';
import { sizeOf, type Tensor, type TypedArray, toFloat32 } from '../../tensor/tensor.js';
import { isPlaneOf, rolesOf } from '../axes.js';
import { type Classifier, classCount, imageShape } from '../classifier.js';
import type { Link } from '../head.js';
import { joinsBoxes } from '../joined-boxes.js';
import { predict } from '../predict.js';
import { runOn } from '../probe.js';
import { indexed, isElement, spelled, type Target } from '../target.js';
import { bestBoxes, boxHead, boxLayout } from './box.js';
import { chosenOf, chosenPart, pick, probabilityAs } from './classes.js';
import { elementOf } from './element.js';
import { graft, type Head } from './graft.js';
import {
  boxesAround,
  givenMasks,
  onePart,
  predictedMasks,
  regionHead,
  type Spatial,
  weightsOf,
} from './region.js';

/** A target as a model whose raw output `targets[i]` of row i is the number to explain. */
export interface Question {
  readonly model: Classifier;
  readonly targets: readonly number[];
}

export interface AskContext {
  /** The annotated mask of the samples, for `region:..@annotated`. */
  readonly annotated?: Tensor<TypedArray>;
  readonly run?: RunContext;
}

/**
 * Makes a target a question to a model about `input` `[N, ...]`: a class's score is a raw output already, any
 * other number gets a small head behind the output. What a prediction chooses (a mask, a box) is chosen at
 * `input` and held fixed. Throws a usage error where the target names what the model does not have.
 */
export async function ask(
  model: Classifier,
  target: Target,
  input: Tensor,
  { annotated, run = quietly }: AskContext = {},
): Promise<Question> {
  const count = input.shape[0]!;
  const dims = model.shapes.get(model.output)!.dims;
  const { kind, of, at, how = [] } = target;
  const name = spelled(target);
  const graftOne = async (head: Head, link?: Link): Promise<Question> => ({
    model: await graft(model, name, head, link),
    targets: Array<number>(count).fill(0),
  });
  /** Heads of K columns, of which each sample asks for its own. */
  const forEach = async (
    head: Head,
    columns: readonly number[],
    values: Iterable<number>,
  ): Promise<Question> => ({
    model: await graft(model, `${name} ${[...values]}`, head),
    targets: columns,
  });
  switch (kind) {
    case 'class': {
      const chosen = chosenOf(textOf(of), model.classes, rowsOf(model, name));
      return chosen.against === undefined
        ? { model, targets: Array<number>(count).fill(chosen.one) }
        : graftOne((builder, scores) => chosenPart(builder, scores, 1, chosen));
    }
    case 'probability':
    case 'log-probability':
    case 'log-odds': {
      const classes = rowsOf(model, name);
      const { one, against } = chosenOf(textOf(of), model.classes, classes);
      if (against !== undefined)
        throw usageError(`target '${name}' takes one class, not one against another`);
      const { link } = model.head;
      return graftOne(
        (builder, scores) => probabilityAs(builder, kind, scores, { index: one, count: classes, link }),
        backLinks[kind],
      );
    }
    case 'output': {
      const { name: value, indices } = indexed(textOf(of));
      checkRead(model, value, target);
      const reference = referenceOf(target);
      if (isElement(target)) {
        const { row, index, link } = elementOf(model, name, indices);
        if (reference === undefined)
          return { ...(await graftOne(row, link)), targets: Array<number>(count).fill(index) };
        return graftOne((builder, value) =>
          builder.sub(pick(builder, row(builder, value), 1, index), reference),
        );
      }
      const [index] = indices;
      const columns = rowsOf(model, name);
      if (columns > 1 && index === undefined)
        throw usageError(
          `output '${textOf(of)}' holds ${columns} numbers; name one, as output:${textOf(of)}[0]`,
        );
      if (index !== undefined && index >= columns)
        throw usageError(`target '${name}': the output's numbers are 0 to ${columns - 1}`);
      const one: Head = (builder, value) => pick(builder, value, 1, index ?? 0);
      if (reference !== undefined)
        return graftOne((builder, value) => builder.sub(one(builder, value), reference));
      // As it is: what is only assumed to be a score has no probability.
      if (columns === 1 && model.head.assumed !== undefined) return graftOne(one);
      return { model, targets: Array<number>(count).fill(index ?? 0) };
    }
    case 'similarity': {
      checkRead(model, textOf(of), target);
      const { data } = await arrayOf(at!);
      const length = rowsOf(model, name);
      if (data.length !== length)
        throw usageError(`target '${name}': the vector has ${data.length} numbers; the output has ${length}`);
      const size = norm(data);
      if (!(size > 0)) throw usageError(`target '${name}': the vector is zero and has no direction`);
      return graftOne((builder, value) => {
        const along = builder.matMul(
          value,
          builder.constant(
            float32(
              data.map((v) => v / size),
              [length, 1],
            ),
          ),
        );
        return builder.div(along, builder.sqrt(builder.reduce('ReduceSum', builder.mul(value, value), [1])));
      });
    }
    case 'region': {
      const shape = spatialOf(model, name);
      const chosen = chosenOf(textOf(of), model.classes, shape.classes);
      const masks = await (async () => {
        if (at === 'predicted')
          return predictedMasks(await predict(model, input, run), shape, chosen.one, model.head.link);
        if (at === 'annotated' && !annotated)
          throw usageError(
            `target '${name}': the sample has no annotated mask; give a file, region:1@mask.npy`,
          );
        return givenMasks(at === 'annotated' ? annotated! : await arrayOf(at!), shape.space, count);
      })();
      const place = how
        .find((word) => word.startsWith('at '))
        ?.slice(3)
        .split(',')
        .map(Number);
      if (place && shape.space.length !== 2)
        throw usageError(`target '${name}': (at x,y) needs an output of two axes of positions`);
      const kept = place || how.includes('largest') ? onePart(masks, place) : masks;
      const weights = weightsOf(kept, how.includes('sum') ? 'sum' : 'mean', `the mask of target '${name}'`);
      const area = sizeOf(shape.space);
      const rows = Array.from({ length: count }, (_, i) => weights.data.subarray(i * area, (i + 1) * area));
      const distinct = rows.filter((row, i) => rows.findIndex((one) => sameNumbers(one, row)) === i);
      const data = new Float32Array(distinct.length * area);
      for (const [i, row] of distinct.entries()) data.set(row, i * area);
      const columns = rows.map((row) => distinct.findIndex((one) => sameNumbers(one, row)));
      return forEach(
        regionHead(shape, chosen, { data, shape: [distinct.length, ...shape.space] }),
        columns,
        data,
      );
    }
    case 'box': {
      if (model.input.shape.length > 3)
        throw usageError(
          `target '${name}' asks for a box in an image; the model takes [N,${model.input.shape}]`,
        );
      const layout = boxLayout(dims, joinsBoxes(model) ? [...how, 'boxes-first'] : how);
      const offset = layout.objectness ? 5 : 4;
      const { one, against } = chosenOf(textOf(at!), [], layout.features - offset);
      if (against !== undefined)
        throw usageError(`target '${name}' takes one class, not one against another`);
      const wanted = of === 'annotated' ? annotatedBoxes(annotated, name) : await boxesOf(of, count, name);
      const { height, width } = imageShape(model);
      const found = bestBoxes(await predict(model, input, run), layout, wanted, [height, width], how);
      const best = found.map(({ box, overlap }, sample) => {
        if (overlap > 0) return box;
        throw usageError(`no predicted box of sample ${sample} overlaps the target's box ${wanted[sample]}`);
      });
      const distinct = [...new Set(best)];
      return forEach(
        boxHead(layout, one, distinct),
        best.map((box) => distinct.indexOf(box)),
        distinct,
      );
    }
    case 'graph': {
      const head = await readOnnx(textOf(of));
      if (head.inputs.length !== 1 || head.outputs.length !== 1)
        throw usageError(
          `${textOf(of)}: a target's graph has one input and one output; this one has ${head.inputs.length} and ${head.outputs.length}`,
        );
      const { graph } = await canonical(
        openLinear(inFloat32(head)),
        dims.slice(1),
        head.outputs[0]!.name,
        runOn(model.engine),
      );
      const made = await graft(model, name, graph);
      if (made.shapes.get(made.output)!.dims.join() !== '1,1')
        throw usageError(
          `${textOf(of)}: a target's graph makes one number of a sample, [N, 1]; this one makes [${made.shapes.get(made.output)!.dims}] of one sample`,
        );
      return { model: made, targets: Array<number>(count).fill(0) };
    }
  }
}

/** Throws where a target names another value than the one for which the model was loaded. */
function checkRead({ head, output }: Classifier, value: string, target: Target): void {
  if (value === (head.of ?? output)) return;
  throw usageError(
    `target '${spelled(target)}' names '${value}', and the model was loaded to explain '${head.of ?? output}'; load it for this target (option target)`,
  );
}

/** What makes a class's probability of it again. */
const backLinks = { probability: 'identity', 'log-probability': 'exp', 'log-odds': 'sigmoid' } as const;

const sameNumbers = (a: Float32Array, b: Float32Array) => a.every((value, i) => value === b[i]);

/** The value behind `@` of an output, where there is one. */
function referenceOf(target: Target): number | undefined {
  const { at } = target;
  if (at === undefined) return undefined;
  if (Number.isFinite(Number(at))) return Number(at);
  throw usageError(`target '${spelled(target)}' got '${textOf(at)}' behind '@'; it takes a number`);
}

/** A part of a target that is a name. */
export function textOf(part: string | Tensor): string {
  if (typeof part === 'string') return part;
  throw usageError(`a target got an array [${part.shape}] where it takes a name`);
}

const arrayOf = async (part: string | Tensor): Promise<Tensor> =>
  isTensor(part) ? part : toFloat32(await readNpy(part));

/** The number of raw outputs of a model with `[N, K]`; throws for a spatial output. */
function rowsOf(model: Classifier, name: string): number {
  const { dims } = model.shapes.get(model.output)!;
  if (dims.length === 2) return classCount(model);
  throw usageError(
    `target '${name}' needs an output [N, K]; '${model.output}' has shape [${dims}] for one sample (region:1@predicted asks for a region of it, output:${model.output}[${dims.slice(1).fill(0)}] for one number)`,
  );
}

/** The shape of an output with positions. */
export function spatialOf(model: Classifier, name: string): Spatial {
  const { dims } = model.shapes.get(model.output)!;
  if (dims.length < 3)
    throw usageError(
      `target '${name}' needs an output with positions [N, classes, H, W]; '${model.output}' has shape [${dims}] for one sample`,
    );
  if (isPlaneOf(model, model.output)) return { axis: 1, classes: 1, space: dims.slice(1) };
  const roles = rolesOf(model).get(model.output);
  const { layout, layoutBy } = model.input;
  const last = roles?.at(-1) === 'channel' || (!roles && layout === 'NHWC' && layoutBy !== undefined);
  const axis = last ? dims.length - 1 : 1;
  return { axis, classes: dims[axis]!, space: dims.filter((_, i) => i > 0 && i !== axis) };
}

/** The box around the largest connected part of each annotated mask `[N, 1, H, W]`. */
function annotatedBoxes(annotated: Tensor<TypedArray> | undefined, name: string) {
  if (!annotated)
    throw usageError(`target '${name}': the sample has no annotated mask; give a box, box:12,30,40,40@2`);
  return boxesAround(annotated);
}

/** A wanted box for each sample: `x,y,width,height`, or an array `[4]` or `[N, 4]`. */
export async function boxesOf(
  of: string | Tensor,
  count: number,
  name: string,
): Promise<readonly (readonly number[])[]> {
  const numbers =
    typeof of === 'string' && !of.endsWith('.npy')
      ? of.split(',').map(Number)
      : [...(await arrayOf(of)).data];
  const sized = numbers.length === 4 || numbers.length === 4 * count;
  if (!sized || !numbers.every(Number.isFinite))
    throw usageError(
      `target '${name}' takes a box x,y,width,height, or an array of [4] or [${count}, 4] numbers`,
    );
  return Array.from({ length: count }, (_, i) =>
    numbers.length === 4 ? numbers : numbers.slice(4 * i, 4 * i + 4),
  );
}
