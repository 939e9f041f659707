import type { Engine } from './engine.js';
import { onnxRuntime, onnxRuntimeOnCores } from './onnxruntime.js';
import { tensorflow } from './tensorflow.js';

export const engineNames = ['cpu', 'cuda', 'webgpu', 'tensorflow'] as const;
/** What runs graphs: ONNX Runtime on `cpu`, `cuda` or `webgpu`, or `tensorflow`. */
export type EngineName = (typeof engineNames)[number];

/** The engine of that name. An engine that does not work on this machine throws when it is first used. */
export function openEngine(name: EngineName): Engine {
  if (name === 'cpu') return onnxRuntimeOnCores();
  return name === 'tensorflow' ? tensorflow() : onnxRuntime(name);
}
