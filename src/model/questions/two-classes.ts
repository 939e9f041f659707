import { type Classifier, classCount } from '../classifier.js';
import { graft } from './graft.js';

/** A task's classes, and whether they exclude each other. */
interface Classes {
  readonly classes: readonly string[];
  readonly multiLabel: boolean;
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
  const says = `${model.head.says}; '${classes[1]}' is its output, '${classes[0]}' the ${isScore ? 'negative' : 'rest to 1'}`;
  return { ...both, classes, head: { ...model.head, plain: false, says } };
}
