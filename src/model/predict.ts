import { quietly, type RunContext } from '../base/run.js';
import type { Tensor } from '../tensor/tensor.js';
import { withinMemory } from './batch-size.js';
import type { Classifier } from './classifier.js';
import { rowsProgram } from './rows-program.js';

/** The raw outputs `[N, K]` for inputs `[N, ...]` as the model takes them (normalised). */
export const predict = (model: Classifier, input: Tensor, run: RunContext = quietly): Promise<Tensor> =>
  withinMemory(model, async () => {
    const outputs = model.graph.outputs.filter(({ name }) => name === model.output);
    const build = () => ({ ...model.graph, outputs });
    const program = await rowsProgram(model, 'forward', build, input.shape[0]!);
    const found = await program.run({ [model.input.name]: input }, run);
    return found[model.output]!;
  });
