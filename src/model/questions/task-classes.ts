import { int } from '../../graph/attributes.js';
import { int64 } from '../../graph/elements.js';
import { type Classifier, classCount } from '../classifier.js';
import { graft } from './graft.js';

/** A task's classes, and whether they exclude each other. */
interface Classes {
  readonly classes: readonly string[];
  readonly multiLabel: boolean;
}

/** Where each of a task's classes is among those that a model states in another order; else undefined. */
export function otherOrder(
  { classes: own }: Pick<Classifier, 'classes'>,
  { classes }: Pick<Classes, 'classes'>,
): readonly number[] | undefined {
  const places = classes.map((name) => own.findIndex((one) => isSame(one, name)));
  const isOrder = own.length === classes.length && new Set(places).size === places.length;
  return isOrder && !places.includes(-1) && places.some((at, i) => at !== i) ? places : undefined;
}

/** The names that a model states for its outputs, where they are not those of the task's classes. */
export function otherNames(
  { classes: own }: Pick<Classifier, 'classes'>,
  { classes }: Pick<Classes, 'classes'>,
): readonly string[] | undefined {
  const wanted = own.length === 1 ? classes.slice(-1) : classes;
  const isKnown = own.every((name) => wanted.some((one) => isSame(one, name)));
  return isStated(own) && !isKnown ? own : undefined;
}

/** Which output is taken for which of a task's classes, where a model of several states no names. */
export function takenFor(
  { classes: own }: Pick<Classifier, 'classes'>,
  { classes }: Pick<Classes, 'classes'>,
): string | undefined {
  if (isStated(own) || own.length < 2 || own.length !== classes.length) return undefined;
  return `not named by the file; ${classes.map((name, k) => `output ${k} is taken for '${name}'`).join(', ')}`;
}

const isStated = (own: readonly string[]) => own.some((name, k) => name !== `class ${k}`);

const plain = (name: string) => name.trim().toLowerCase();
const isSame = (one: string, other: string) => plain(one) === plain(other);

/** A model with the outputs in the order of a task's classes, where it states the same in another order. */
export async function inOrderOf(model: Classifier, task: Classes): Promise<Classifier> {
  const order = otherOrder(model, task);
  if (!order) return ofBothClasses(model, task);
  const sorted = await graft(model, 'classes in order', ({ emit, constant }, scores) =>
    emit('Gather', [scores, constant(int64(order))], { axis: int(1) }),
  );
  const says = `${model.head.says}; its classes were put in the order of the task's: ${task.classes.join(', ')}`;
  return { ...sorted, classes: task.classes, head: { ...model.head, plain: false, says } };
}

/**
 * A model of one score or probability, where a task has two classes that exclude each other: its output is
 * that of the second class, and the first one has the negative score, or the rest to 1. Other models, and
 * those whose output has no probability, stay as they are.
 */
export async function ofBothClasses(
  model: Classifier,
  { classes, multiLabel }: Classes,
): Promise<Classifier> {
  const { link } = model.head;
  const isScore = link === 'sigmoid';
  if (classes.length !== 2 || multiLabel || classCount(model) !== 1 || !(isScore || link === 'identity'))
    return model;
  const both = await graft(model, 'both classes', (builder, second) => {
    const first = isScore ? builder.neg(second) : builder.sub(1, second);
    return builder.concat([first, second], 1);
  });
  const { assumed: _, ...head } = model.head;
  const says = `${head.says}; '${classes[1]}' is its output, '${classes[0]}' the ${isScore ? 'negative' : 'rest to 1'}`;
  return { ...both, classes, head: { ...head, plain: false, says } };
}
