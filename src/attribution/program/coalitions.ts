import { concurrently } from '../../base/concurrently.js';
import { checkpoint, type RunContext } from '../../base/run.js';
import { int } from '../../graph/attributes.js';
import type { Graph, Value } from '../../graph/graph.js';
import { dataTypes } from '../../graph/schema.js';
import { type Classifier, classCount } from '../../model/classifier.js';
import { exactly } from '../../model/predict.js';
import { rowsProgram } from '../../model/rows-program.js';
import type { Floats, Tensor } from '../../tensor/tensor.js';
import { explainProgram } from './explain.js';

export interface Coalitions {
  readonly model: Classifier;
  /** `[1, ...]` */
  readonly image: Tensor;
  /** What stands where a part is absent, `[1, ...]`. */
  readonly baseline: Tensor;
  /** The part of each position `[1, H, W]` or of each value of a sample, numbered from 0. */
  readonly parts: Tensor<Int32Array>;
  /** The number of parts. */
  readonly width: number;
  readonly run: RunContext;
  /** The number of coalitions. */
  readonly count: number;
  readonly label: string;
  /** Writes the presence of each part in a coalition, from 0 to 1. Called in order. */
  write(index: number, presence: Float32Array): void;
  /** Receives the raw outputs `[K]` of one coalition, in the model's precision and in order. */
  take(index: number, outputs: Floats): void;
}

const names = { image: 'sl.image', baseline: 'sl.baseline', parts: 'sl.parts', presence: 'sl.presence' };

/** The number of batches of each session in memory. */
const ahead = 2;

/**
 * Evaluates the model on one image with some of its parts replaced by a baseline. The engine makes the
 * images: it receives one number per part and coalition and returns the outputs.
 */
export async function overCoalitions(asked: Coalitions): Promise<void> {
  const { model, image, baseline, parts, width, run, count, label, write, take } = asked;
  const key = `coalitions ${parts.shape}`;
  const program = await rowsProgram(model, key, () => coalitionGraph(model, parts.shape), count);
  const fixed = {
    [names.image]: image,
    [names.baseline]: baseline,
    [names.parts]: { data: Float32Array.from(parts.data), shape: parts.shape },
  };
  const size = program.size * program.sessions;
  const classes = classCount(model);
  const step = run.progress.start(label, count);
  await concurrently(
    ahead,
    Math.ceil(count / size),
    async (job) => {
      await checkpoint(run);
      const rows = Math.min(size, count - job * size);
      const data = new Float32Array(rows * width);
      for (let i = 0; i < rows; i++) write(job * size + i, data.subarray(i * width, (i + 1) * width));
      const presence = { [names.presence]: { data, shape: [rows, width] } };
      const found = await program.run<Floats>(presence, run, fixed);
      return found[model.output]!.data;
    },
    (outputs, job) => {
      const rows = outputs.length / classes;
      for (let i = 0; i < rows; i++) take(job * size + i, outputs.subarray(i * classes, (i + 1) * classes));
      step.advance(rows);
    },
  );
  step.done();
}

/** The model's graph with an image, a baseline, the part of each position and coalitions as inputs. */
function coalitionGraph(model: Classifier, shape: readonly number[]): Graph {
  const fed = (name: string, ...dims: (number | string)[]): Value => ({ name, type: 'float32', shape: dims });
  const { input, output } = model;
  const graph = explainProgram(model, {
    front: {
      feeds: [
        fed(names.image, 1, ...input.shape),
        fed(names.baseline, 1, ...input.shape),
        fed(names.parts, ...shape),
        fed(names.presence, 'N', 'parts'),
      ],
      make(builder, name) {
        const places = builder.emit('Cast', [names.parts], { to: int(dataTypes.int32) });
        const mask = builder.emit('Gather', [names.presence, places], { axis: int(1) });
        const rest = builder.sub(1, mask);
        // Exact where a part is there in full or not at all.
        const sum = builder.add(builder.mul(names.image, mask), builder.mul(names.baseline, rest));
        builder.alias(builder.reshape(sum, [-1, ...input.shape]), name);
      },
    },
    outputs: () => ({ [output]: output }),
  });
  return { ...graph, outputs: exactly(model, graph.outputs) };
}
