import { usageError } from '../../base/errors.js';
import { axisOf } from '../../graph/shapes.js';
import type { Classifier } from '../classifier.js';
import type { Link } from '../head.js';
import type { Head } from './graft.js';

/** One number of an output of several axes, in the row that its softmax goes over. */
export interface Element {
  /** Makes the row `[N, K]`, of one number where no softmax goes over more. */
  readonly row: Head;
  /** Which one of the row it is. */
  readonly index: number;
  /** What makes probabilities of the row. */
  readonly link: Link;
}

/** The number of an output at these indices, one for each axis behind the batch. */
export function elementOf(model: Classifier, name: string, indices: readonly number[]): Element {
  const { dims, batchAxis } = model.shapes.get(model.output)!;
  const { link, axis: along } = model.head;
  const lengths = dims.slice(1);
  const shape = `output '${model.head.of ?? model.output}' has shape [${['N', ...lengths]}]`;
  if (batchAxis !== 0) throw usageError(`target '${name}': ${shape}, and its first axis holds no samples`);
  if (indices.length !== lengths.length)
    throw usageError(
      `target '${name}' names ${indices.length} indices; ${shape} and takes ${lengths.length}, one for each axis behind the batch`,
    );
  for (const [i, index] of indices.entries())
    if (index >= lengths[i]!)
      throw usageError(
        `target '${name}': index ${index} is out of range; ${shape}, and index ${i + 1} of ${indices.length} goes from 0 to ${lengths[i]! - 1}`,
      );
  const axis = along === undefined ? undefined : axisOf(along, dims.length);
  if (link === 'softmax' && axis === undefined)
    throw usageError(
      `target '${name}': option head states a softmax, and the file has none over '${model.head.of ?? model.output}' that tells its axis; export the model with its softmax, or leave the option out`,
    );
  const others = indices.map((start, i) => ({ axis: i + 1, start, end: start + 1, step: 1 }));
  return {
    row: (builder, value) => {
      const cut = builder.slice(
        value,
        others.filter((cut) => cut.axis !== axis),
      );
      return builder.reshape(cut, [-1, axis === undefined ? 1 : dims[axis]!]);
    },
    index: axis === undefined ? 0 : indices[axis - 1]!,
    link,
  };
}
