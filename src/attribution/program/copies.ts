import { int } from '../../graph/attributes.js';
import type { Builder } from '../../graph/builder.js';
import { float32, int64 } from '../../graph/elements.js';
import type { Classifier } from '../../model/classifier.js';
import { inForm } from '../../model/forms/index.js';
import { heldFor } from '../../model/questions/held.js';
import type { MapGraph, MapNodes } from '../map-graph.js';
import { gradient } from './backward.js';
import { seedName } from './explain.js';

export interface Copies {
  /** The number of copies of each image that the model sees at once. */
  readonly count: number;
  /** Adds the nodes of the copies `[count, N, ...]` of the images `[1, N, ...]`; the first is the images. */
  make(builder: Builder, images: string): string;
  /**
   * Adds the nodes of the map `[N, ...]`, of the gradients at all copies `[count, N, ...]`; `outputs` are the
   * raw outputs at them, `[count, N, K]`.
   */
  combine(builder: Builder, gradients: string, outputs: string, images: string): MapNodes;
}

/** A map made of the gradients at several copies of each image, which are one batch of the program. */
export function copiesGraph(given: Classifier, { count, make, combine }: Copies): MapGraph {
  const own = heldFor(inForm(given, 'gradient'), count);
  const [first] = own.graph.inputs;
  // The model's batch is another than the images': its axis gets a name of its own.
  const graph = { ...own.graph, inputs: [{ ...first!, shape: ['copies', ...own.input.shape] }] };
  const model = { ...own, graph };
  return {
    model,
    front(builder, image, name) {
      const copies = make(builder, builder.unsqueeze(image, [0]));
      builder.alias(builder.reshape(copies, [-1, ...model.input.shape]), name);
    },
    nodes(builder, walk, image) {
      const start = builder.emit('Tile', [seedName, builder.constant(int64([count, 1]))]);
      const { [model.input.name]: slopes } = walk({ method: 'gradient', ruleFor: gradient, start });
      const apart = (value: string, shape: readonly number[]) =>
        builder.reshape(value, [count, -1, ...shape]);
      return combine(
        builder,
        apart(slopes!, model.input.shape),
        apart(model.output, model.shapes.get(model.output)!.dims.slice(1)),
        builder.unsqueeze(image, [0]),
      );
    },
  };
}

/** One number for each copy, `[count, 1, ...]`, that is multiplied with images `[1, N, ...]` or copies. */
export const perCopy = (
  { constant }: Builder,
  values: readonly number[],
  { input: { shape } }: Pick<Classifier, 'input'>,
): string => constant(float32(values, [values.length, 1, ...shape.map(() => 1)]));

/** One element along the first axis, which goes: `[count, ...]` to `[...]`. */
export const elementOf = ({ emit, constant }: Builder, value: string, index: number): string =>
  emit('Gather', [value, constant(int64([index], []))], { axis: int(0) });
