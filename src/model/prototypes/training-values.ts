import { checkpoint as pause } from '../../base/run.js';
import { isGpuProvider } from '../../engine/gpu/prepare.js';
import { float32 } from '../../graph/elements.js';
import type { Graph } from '../../graph/graph.js';
import { rows, type Tensor } from '../../tensor/tensor.js';
import type { PhaseContext } from '../recipe.js';

const batch = 32;

/** Values of the network on the training images, batch by batch. */
export async function* trainingValues(
  graph: Graph,
  outputs: readonly string[],
  name: string,
  { task, engine, run, input }: PhaseContext,
) {
  const program = await engine.compile({
    ...graph,
    outputs: outputs.map((output) => ({ name: output, type: 'float32' })),
  });
  const bar = run.progress.start(name, task.train.length);
  try {
    for (let from = 0; from < task.train.length; from += batch) {
      await pause(run);
      const samples = task.train.slice(from, from + batch);
      // A GPU plans the program anew for every other size, so the last batch is filled up.
      const more = isGpuProvider(engine.name) && from > 0 ? task.train.slice(0, batch - samples.length) : [];
      const { data, shape } = input([...samples, ...more]);
      const found = await program.run({ [graph.inputs[0]!.name]: float32(data, shape) });
      yield { samples, values: outputs.map((output) => rows(found[output] as Tensor, 0, samples.length)) };
      bar.advance(samples.length);
    }
  } finally {
    bar.done();
    await program.dispose();
  }
}
