import { quietly, type RunContext } from '../base/run.js';
import type { Graph } from '../graph/graph.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Classifier } from './classifier.js';
import { rowsProgram } from './rows-program.js';

/** What a value of the model's graph, such as a layer's output, is for inputs `[N, ...]`. */
export async function valuesAt(
  model: Classifier,
  value: string,
  input: Tensor,
  run: RunContext = quietly,
): Promise<Tensor> {
  const build = (): Graph => ({ ...model.graph, outputs: [{ name: value, type: 'float32' }] });
  const program = await rowsProgram(model, `value ${value}`, build, input.shape[0]!);
  return (await program.run({ [model.input.name]: input }, run))[value]!;
}
