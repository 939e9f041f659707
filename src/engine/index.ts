import type { Engine } from './engine.js';
import type { LimitOptions } from './limits.js';
import { onnxRuntime, onnxRuntimeOnCores } from './onnxruntime.js';
import { tensorflow } from './tensorflow.js';

export const engineNames = ['cpu', 'cuda', 'webgpu', 'tensorflow'] as const;
/** What runs graphs: ONNX Runtime on `cpu`, `cuda` or `webgpu`, or `tensorflow`. */
export type EngineName = (typeof engineNames)[number];

/** The engine of that name. What does not work on this machine says so when it is first used. */
export function openEngine(name: EngineName, limits: LimitOptions = {}): Engine {
  if (name === 'cpu') return onnxRuntimeOnCores(limits);
  return name === 'tensorflow' ? tensorflow() : onnxRuntime(name, 0, limits);
}
