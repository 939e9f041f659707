import { usageError } from '../base/errors.js';
import type { Engine } from './engine.js';
import { type EngineOptions, onnxRuntime, onnxRuntimeOnCores } from './onnxruntime.js';
import { tensorflow } from './tensorflow.js';

export const engineNames = ['cpu', 'cuda', 'webgpu', 'tensorflow'] as const;
/** The engines: ONNX Runtime with the provider `cpu`, `cuda` or `webgpu`, or TensorFlow.js. */
export type EngineName = (typeof engineNames)[number];

/**
 * Opens an engine. It starts with the first compiled graph; only then does a missing library or device throw
 * an environment error.
 */
export function openEngine(name: EngineName, options: EngineOptions = {}): Engine {
  const { device = 0, tf32 = false } = options;
  if (device > 0 && name !== 'cuda') throw usageError(`option 'device' is for engine cuda, not for ${name}`);
  if (tf32 && name !== 'cuda')
    throw usageError(`precision 'tf32' needs engine 'cuda'; engine '${name}' computes in float32`);
  if (name === 'cpu') return onnxRuntimeOnCores(options);
  return name === 'tensorflow' ? tensorflow() : onnxRuntime(name, 0, options);
}
