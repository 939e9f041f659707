import { concurrently } from '../../base/concurrently.js';
import type { RunContext } from '../../base/run.js';
import type { Builder } from '../../graph/builder.js';
import type { Graph, Value } from '../../graph/graph.js';
import { type Classifier, spaceOf } from '../../model/classifier.js';
import { rowsProgram } from '../../model/rows-program.js';
import { rows, sizeOf, type Tensor } from '../../tensor/tensor.js';
import { explainProgram } from './explain.js';

/** How masks reach the engine: the arrays that stand for one mask, and the nodes that make masks of them. */
export interface MaskForm {
  readonly key: string;
  /** The shape of each array of one mask, by the name of its input. */
  readonly feeds: Readonly<Record<string, readonly number[]>>;
  /** Adds the nodes that make masks `[N, 1, ...]`, of the shape `whole` but for N. */
  make(builder: Builder, whole: readonly number[]): string;
}

/** Masks that are sent as they are. */
export const wholeMasks = (model: Classifier): MaskForm => ({
  key: 'whole',
  feeds: { [names.mask]: maskShape(model) },
  make: () => names.mask,
});

export interface Masked {
  readonly model: Classifier;
  /** `[N, ...]` */
  readonly input: Tensor;
  readonly run: RunContext;
  readonly draws: number;
  readonly label: string;
  readonly form: MaskForm;
  /** The arrays of mask number `draw`, in the order of the form's feeds. Called once for all samples. */
  maskOf(draw: number): readonly Float32Array[];
  /** Receives the raw outputs `[1, K]` of one sample under one mask; reused afterwards. */
  take(sample: number, draw: number, outputs: Tensor): void;
}

const names = { image: 'sl.image', mask: 'sl.mask' };

/** The number of mask batches in memory and of runs in flight. */
const ahead = 2;

/**
 * Evaluates the model on every sample times every mask. The engine makes the masks and multiplies the image
 * by them.
 */
export async function overMasks(asked: Masked): Promise<void> {
  const { model, input, run, draws, label, form, maskOf, take } = asked;
  const program = await rowsProgram(model, `masked ${form.key}`, () => maskedGraph(model, form), draws);
  const shapes = Object.entries(form.feeds);
  const size = program.size * program.sessions;
  const samples = input.shape[0]!;
  const step = run.progress.start(label, samples * draws);
  const made = new Map<number, Record<string, Tensor>>();
  const masksOf = (part: number) => {
    const known = made.get(part);
    if (known) return known;
    const count = Math.min(size, draws - part * size);
    const feeds = shapes.map(([name, shape]) => {
      const own: Tensor = { data: new Float32Array(count * sizeOf(shape)), shape: [count, ...shape] };
      return [name, own] as const;
    });
    for (let i = 0; i < count; i++)
      for (const [at, array] of maskOf(part * size + i).entries())
        feeds[at]![1].data.set(array, i * array.length);
    const masks = Object.fromEntries(feeds);
    made.set(part, masks);
    made.delete(part - ahead);
    return masks;
  };
  await concurrently(
    ahead,
    Math.ceil(draws / size) * samples,
    async (job) => {
      const [part, sample] = [Math.floor(job / samples), job % samples];
      const image = { [names.image]: rows(input, sample, sample + 1) };
      const found = await program.run(masksOf(part), run, image);
      return { part, sample, outputs: found[model.output]! };
    },
    ({ part, sample, outputs }) => {
      const count = outputs.shape[0]!;
      for (let i = 0; i < count; i++) take(sample, part * size + i, rows(outputs, i, i + 1));
      step.advance(count);
    },
  );
  step.done();
}

/** The model's graph with an image and masks as inputs. */
function maskedGraph(model: Classifier, form: MaskForm): Graph {
  const fed = (name: string, ...shape: (number | string)[]): Value => ({ name, type: 'float32', shape });
  return explainProgram(model, {
    front: {
      feeds: [
        fed(names.image, 'images', ...model.input.shape),
        ...Object.entries(form.feeds).map(([name, shape]) => fed(name, 'N', ...shape)),
      ],
      make(builder, name) {
        const mask = form.make(builder, maskShape(model));
        builder.emit('Mul', [names.image, mask], {}, name);
      },
    },
    outputs: () => ({ [model.output]: model.output }),
  });
}

/** The shape of a mask without the batch axis: one channel. */
function maskShape(model: Classifier): readonly number[] {
  const space = spaceOf(model);
  return [...Array<number>(model.input.shape.length - space.length).fill(1), ...space];
}
