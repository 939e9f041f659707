import { concurrently } from '../../base/concurrently.js';
import type { RunContext } from '../../base/run.js';
import type { Graph, Value } from '../../graph/graph.js';
import { type Classifier, spaceOf } from '../../model/classifier.js';
import { rowsProgram } from '../../model/rows-program.js';
import { rows, sizeOf, type Tensor } from '../../tensor/tensor.js';
import { explainProgram } from './explain.js';

export interface Masked {
  readonly model: Classifier;
  /** `[N, ...]` */
  readonly input: Tensor;
  readonly run: RunContext;
  readonly draws: number;
  readonly label: string;
  /** Returns mask number `draw`, one value per pixel. Called once for all samples. */
  maskOf(draw: number): Float32Array;
  /** Receives the raw outputs `[1, K]` of one sample under one mask. Both arrays are reused afterwards. */
  take(sample: number, draw: number, mask: Float32Array, outputs: Tensor): void;
}

const names = { image: 'sl.image', mask: 'sl.mask' };

/** The number of mask batches in memory and of runs in flight. */
const ahead = 2;

/**
 * Evaluates the model on every sample times every mask. The engine multiplies the image by the
 * single-channel mask.
 */
export async function overMasks({ model, input, run, draws, label, maskOf, take }: Masked): Promise<void> {
  const program = await rowsProgram(model, 'masked', () => maskedGraph(model), draws);
  const area = sizeOf(spaceOf(model));
  const size = program.size * program.sessions;
  const samples = input.shape[0]!;
  const step = run.progress.start(label, samples * draws);
  const made = new Map<number, Float32Array>();
  const masksOf = (part: number) => {
    const known = made.get(part);
    if (known) return known;
    const count = Math.min(size, draws - part * size);
    const masks = new Float32Array(count * area);
    for (let i = 0; i < count; i++) masks.set(maskOf(part * size + i), i * area);
    made.set(part, masks);
    made.delete(part - ahead);
    return masks;
  };
  await concurrently(
    ahead,
    Math.ceil(draws / size) * samples,
    async (job) => {
      const [part, sample] = [Math.floor(job / samples), job % samples];
      const data = masksOf(part);
      const count = data.length / area;
      const masks = { [names.mask]: { data, shape: [count, ...maskShape(model)] } };
      const image = { [names.image]: rows(input, sample, sample + 1) };
      const found = await program.run(masks, run, image);
      return { part, sample, data, count, outputs: found[model.output]! };
    },
    ({ part, sample, data, count, outputs }) => {
      for (let i = 0; i < count; i++) {
        const mask = data.subarray(i * area, (i + 1) * area);
        take(sample, part * size + i, mask, rows(outputs, i, i + 1));
      }
      step.advance(count);
    },
  );
  step.done();
}

/** The model's graph with an image and masks as inputs. */
function maskedGraph(model: Classifier): Graph {
  const fed = (name: string, ...shape: (number | string)[]): Value => ({ name, type: 'float32', shape });
  return explainProgram(model, {
    front: {
      feeds: [fed(names.image, 'images', ...model.input.shape), fed(names.mask, 'N', ...maskShape(model))],
      make: (builder, name) => void builder.emit('Mul', [names.image, names.mask], {}, name),
    },
    outputs: () => ({ [model.output]: model.output }),
  });
}

/** The shape of a mask without the batch axis: one channel. */
function maskShape(model: Classifier): readonly number[] {
  const space = spaceOf(model);
  return [...Array<number>(model.input.shape.length - space.length).fill(1), ...space];
}
