import { quietly, type RunContext } from '../base/run.js';
import type { Value } from '../graph/graph.js';
import { type Floats, type Tensor, toFloat32 } from '../tensor/tensor.js';
import { withinMemory } from './batch-size.js';
import type { Classifier } from './classifier.js';
import { rowsProgram } from './rows-program.js';

/** The raw outputs `[N, K]` for inputs `[N, ...]` as the model takes them (normalised). */
export const predict = async (model: Classifier, input: Tensor, run: RunContext = quietly): Promise<Tensor> =>
  toFloat32(await predictExactly(model, input, run));

/** The raw outputs in the precision that the model computes in, for differences of nearly equal ones. */
export const predictExactly = (
  model: Classifier,
  input: Tensor,
  run: RunContext = quietly,
): Promise<Tensor<Floats>> =>
  withinMemory(model, async () => {
    const build = () => ({ ...model.graph, outputs: exactly(model, model.graph.outputs) });
    const program = await rowsProgram(model, 'forward', build, input.shape[0]!);
    const found = await program.run<Floats>({ [model.input.name]: input }, run);
    return found[model.output]!;
  });

/** Of a graph's outputs that of the model, in the precision that it computes in. */
export const exactly = ({ output, precision }: Classifier, outputs: readonly Value[]): Value[] =>
  outputs
    .filter(({ name }) => name === output)
    .map((value) => (precision === 'float64' ? { ...value, type: 'float64' } : value));
