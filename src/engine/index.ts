import type { Engine } from './engine.js';
import type { LimitOptions } from './limits.js';
import { onnxRuntime, onnxRuntimeOnCores } from './onnxruntime.js';
import { tensorflow } from './tensorflow.js';

export const engineNames = ['cpu', 'cuda', 'webgpu', 'tensorflow'] as const;
/** The engines: ONNX Runtime with the provider `cpu`, `cuda` or `webgpu`, or TensorFlow.js. */
export type EngineName = (typeof engineNames)[number];

/**
 * Opens an engine. It starts with the first compiled graph; only then does a missing library or device throw
 * an environment error.
 */
export function openEngine(name: EngineName, limits: LimitOptions = {}): Engine {
  if (name === 'cpu') return onnxRuntimeOnCores(limits);
  return name === 'tensorflow' ? tensorflow() : onnxRuntime(name, 0, limits);
}
