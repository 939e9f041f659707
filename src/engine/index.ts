import { environmentError } from '../base/errors.js';
import type { Engine } from './engine.js';
import { onnxRuntime, onnxRuntimeOnCores } from './onnxruntime.js';

export const engineNames = ['cpu', 'cuda', 'webgpu', 'tensorflow'] as const;
export type EngineName = (typeof engineNames)[number];

/** The engine of that name. What does not work on this machine says so when it is first used. */
export function openEngine(name: EngineName): Engine {
  if (name === 'tensorflow') throw environmentError('the TensorFlow engine is not built yet');
  return name === 'cpu' ? onnxRuntimeOnCores() : onnxRuntime(name);
}
