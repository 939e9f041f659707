import { availableParallelism } from 'node:os';
import { environmentError } from '../base/errors.js';
import type { Graph } from '../graph/graph.js';
import { sizeOf } from '../tensor/tensor.js';
import { asGiven, forCpu, type Prepare } from './cpu/prepare.js';
import type { CompileOptions, Engine } from './engine.js';
import { CUDA_ADVICE, chooseTf32, hasCudaProvider } from './gpu/cuda.js';
import { freeGpuMemory } from './gpu/memory.js';
import { prepareFor } from './gpu/prepare.js';
import { vulkanEnvironment } from './gpu/vulkan.js';
import { type LimitOptions, limitsOf } from './limits.js';
import { hosted } from './process.js';
import type { Open } from './protocol.js';
import { remoteEngine } from './remote.js';
import { inWords } from './runtime-errors.js';
import { sessionPool } from './session-pool.js';
import { thread } from './thread.js';

/** The execution providers of ONNX Runtime, named as in `--engine`. */
export type Provider = 'cpu' | 'cuda' | 'webgpu';

export interface EngineOptions extends LimitOptions {
  /** The number of the GPU of several, counted from 0; engine `cuda` only. */
  readonly device?: number;
  /** Rounds the factors of convolutions and matrix products to TF32, for speed; engine `cuda` only. */
  readonly tf32?: boolean;
}

/** The settings of a worker thread, passed as JSON. */
export interface OnnxRuntimeSettings {
  readonly provider: Provider;
  /** Threads of one run; 0 for one per core. */
  readonly threads: number;
  /** The number of the GPU. */
  readonly device: number;
}

/**
 * ONNX Runtime on the CPU with a pool of sessions: one per core, at most 8. The cores are divided among
 * them.
 */
export function onnxRuntimeOnCores(limits: LimitOptions = {}): Engine {
  const cores = availableParallelism();
  const sessions = Math.min(cores, 8);
  const prepare = forCpu();
  const openSession = hosted({
    module: worker,
    limits: limitsOf(limits),
    sessions: sessions + 1,
    environment: () => returningMemory,
  });
  const on = (index: number, threads: number) =>
    engineOn('cpu', openSession(index, settingsOf('cpu', threads)), prepare);
  const own = Array.from({ length: sessions }, (_, i) => on(i + 1, Math.floor(cores / sessions)));
  return sessionPool('cpu', on(0, 0), own);
}

/**
 * ONNX Runtime with a single session. It runs in a separate process, so that a model file that crashes it
 * does not end this program. On CUDA it runs in a worker thread instead, which saves copies. The process
 * starts with the first program. `threads` is the number of threads of a run, 0 for one per core.
 */
export function onnxRuntime(
  provider: Provider = 'cpu',
  threads = 0,
  options: EngineOptions = {},
  prepare = preparations[provider](),
): Engine {
  return engineOn(
    provider,
    openers[provider](settingsOf(provider, threads, options.device), options),
    prepare,
    options,
  );
}

const engineOn = (
  provider: Provider,
  open: Open,
  prepare: Prepare | undefined,
  { device, tf32 }: EngineOptions = {},
): Engine =>
  remoteEngine({
    name: provider,
    tf32,
    label: provider === 'cpu' ? 'ONNX Runtime' : `ONNX Runtime on ${names[provider]}`,
    open,
    prepare,
    readsFiles: true,
    blocked: worthBlocking,
    explain: explanations[provider],
    ...(provider !== 'cpu' && { freeMemory: () => freeGpuMemory(device) }),
  });

const settingsOf = (provider: Provider, threads: number, device = 0) =>
  JSON.stringify({ provider, threads, device } satisfies OnnxRuntimeSettings);

const worker = 'engine/onnxruntime-worker';
const names = { cuda: 'CUDA', webgpu: 'WebGPU' } as const;

const openers: Readonly<Record<Provider, (settings: string, options: EngineOptions) => Open>> = {
  cpu: (settings, limits) =>
    hosted({
      module: worker,
      limits: limitsOf(limits),
      sessions: 1,
      environment: () => returningMemory,
    })(0, settings),
  cuda:
    (settings, { tf32 = false }) =>
    (listener) => {
      checkCuda();
      chooseTf32(tf32);
      return thread(worker, settings)(listener);
    },
  webgpu: (settings, limits) =>
    hosted({ module: worker, limits: limitsOf(limits), sessions: 1, environment: vulkanEnvironment })(
      0,
      settings,
    ),
};

/**
 * Makes glibc return freed arrays of 8 MB and more to the system. By default it keeps those of up to 32 MB,
 * which doubles the memory of a large model. From 4 MB on the images and maps of a batch would be among them,
 * whose memory is then new in every run. Up to 128 MB at the end of the heap stay for the next run.
 */
const returningMemory = { MALLOC_MMAP_THRESHOLD_: String(1 << 23), MALLOC_TRIM_THRESHOLD_: String(1 << 27) };

const preparations: Readonly<Record<Provider, () => Prepare>> = {
  cpu: forCpu,
  cuda: () => (graph) => asGiven(prepareFor.cuda(graph)),
  webgpu: () => (graph) => asGiven(prepareFor.webgpu(graph)),
};

const explanations: Readonly<Record<Provider, ((message: string) => string | undefined) | undefined>> = {
  cpu: inWords,
  cuda: (message) =>
    /Failed to load (shared )?library|libcud|libcublas/.test(message)
      ? `its libraries do not load (${message}); ${CUDA_ADVICE}, and the NVIDIA driver must be there`
      : undefined,
  webgpu: (message) =>
    /No supported adapters|Failed to get a WebGPU adapter/.test(message)
      ? "no Vulkan driver was found; install the GPU's driver and libvulkan1, or Debian's chromium, which brings one in software"
      : undefined,
};

/** Throws when ONNX Runtime's CUDA provider is missing. */
function checkCuda(): void {
  if (!hasCudaProvider())
    throw environmentError(`ONNX Runtime's CUDA library is not installed; ${CUDA_ADVICE}`);
}

/**
 * Whether to use NCHWc: for inputs of at least 128x128 elements and for training. On smaller inputs NCHWc
 * saves only a tenth to a third of the time. The plain kernels sum in the same order as other frameworks and
 * agree with their results to the last digits.
 */
function worthBlocking({ inputs }: Graph, { carry = {} }: CompileOptions): boolean {
  const lengths = inputs[0]?.shape?.filter((length) => typeof length === 'number') ?? [];
  return sizeOf(lengths) >= 128 * 128 || Object.keys(carry).length > 0;
}
