import type { Engine } from './engine.js';
import { onnxRuntime, onnxRuntimeOnCores } from './onnxruntime.js';
import { tensorflow } from './tensorflow.js';

export const engineNames = ['cpu', 'cuda', 'webgpu', 'tensorflow'] as const;
export type EngineName = (typeof engineNames)[number];

/** The engine of that name. What does not work on this machine says so when it is first used. */
export function openEngine(name: EngineName): Engine {
  if (name === 'cpu') return onnxRuntimeOnCores();
  return name === 'tensorflow' ? tensorflow() : onnxRuntime(name);
}
