import { choice, number, type OptionValues, optional } from '../base/options.js';
import type { RunContext } from '../base/run.js';
import type { Engine } from '../engine/engine.js';
import { engineNames, openEngine } from '../engine/index.js';

/** Flags for the engine and its limits. */
export const engineFlags = {
  engine: choice(engineNames, { doc: 'what runs the model', default: 'cpu' }),
  memoryLimit: optional(
    number({
      doc: "memory limit of ONNX Runtime in GB; 80 % of the machine's by default",
      default: 0,
      min: 0.1,
    }),
  ),
  timeLimit: optional(
    number({
      doc: 'time limit of one call of ONNX Runtime in seconds; by default 120, or 1,000 times the longest so far if that is more',
      default: 0,
      min: 0.1,
    }),
  ),
};

/** The engine of the flags; it stops on abort of the run. */
export function engineFrom(
  { engine: name, memoryLimit, timeLimit }: OptionValues<typeof engineFlags>,
  { signal }: RunContext,
): Engine {
  const engine = openEngine(name, { memoryLimit, timeLimit });
  signal?.addEventListener('abort', () => void engine.dispose());
  return engine;
}
