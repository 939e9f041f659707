import { choice, integer, number, type OptionValues, optional } from '../base/options.js';
import type { RunContext } from '../base/run.js';
import { bestEngine } from '../engine/auto.js';
import type { Engine } from '../engine/engine.js';
import { engineNames, openEngine } from '../engine/index.js';

/** Flags for the engine and its limits. */
export const engineFlags = {
  engine: choice([...engineNames, 'auto'], {
    doc: 'what runs the model; auto takes the fastest that works',
    default: 'cpu',
  }),
  device: integer({ doc: 'the GPU of engine cuda, where there are several', default: 0, min: 0, max: 255 }),
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

/** The engine of the flags, until the call ends or is interrupted. */
export async function engineFrom(
  {
    engine: asked,
    precision,
    ...options
  }: OptionValues<typeof engineFlags> & { readonly precision?: string },
  { signal }: RunContext,
): Promise<Engine> {
  const name = asked === 'auto' ? await bestEngine() : asked;
  const engine = openEngine(name, { ...options, tf32: precision === 'tf32' });
  signal?.addEventListener('abort', () => void engine.dispose());
  return engine;
}
