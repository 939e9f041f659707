import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { environmentError } from '../base/errors.js';
import type { Graph } from '../graph/graph.js';
import { sizeOf } from '../tensor/tensor.js';
import { forCpu, type Prepare } from './cpu/prepare.js';
import type { CompileOptions, Engine } from './engine.js';
import { vulkanEnvironment } from './gpu/vulkan.js';
import { forWebgpu } from './gpu/webgpu.js';
import { type LimitOptions, limitsOf } from './limits.js';
import { hosted } from './process.js';
import type { Open } from './protocol.js';
import { remoteEngine } from './remote.js';
import { sessionPool } from './session-pool.js';
import { thread } from './thread.js';

/** Execution providers of ONNX Runtime by the names of `--engine`. */
export type Provider = 'cpu' | 'cuda' | 'webgpu';

/** What the thread or process of an engine is started with. */
export interface OnnxRuntimeSettings {
  readonly provider: Provider;
  /** Cores for one run; all of them where it is 0. */
  readonly threads: number;
}

/** ONNX Runtime on the CPU: a session for each core, or for several where there are many. */
export function onnxRuntimeOnCores(limits: LimitOptions = {}): Engine {
  const cores = availableParallelism();
  const sessions = Math.min(cores, 8);
  const prepare = forCpu();
  const lane = hosted({ module: worker, limits: limitsOf(limits), lanes: sessions + 1 });
  const on = (index: number, threads: number) =>
    engineOn('cpu', lane(index, settingsOf('cpu', threads)), prepare);
  const own = Array.from({ length: sessions }, (_, i) => on(i + 1, Math.floor(cores / sessions)));
  return sessionPool('cpu', on(0, 0), own);
}

/**
 * ONNX Runtime in a process of its own, which a model file that crashes it ends alone; on CUDA in a worker
 * thread, which needs no copies. Started with the first program; `threads` cores for a run, 0 for all.
 */
export function onnxRuntime(
  provider: Provider = 'cpu',
  threads = 0,
  limits: LimitOptions = {},
  prepare = preparations[provider]?.(),
): Engine {
  return engineOn(provider, openers[provider](settingsOf(provider, threads), limits), prepare);
}

const engineOn = (provider: Provider, open: Open, prepare: Prepare | undefined): Engine =>
  remoteEngine({
    name: provider,
    label: provider === 'cpu' ? 'ONNX Runtime' : `ONNX Runtime on ${names[provider]}`,
    open,
    prepare,
    blocked: worthBlocking,
    explain: explanations[provider],
  });

const settingsOf = (provider: Provider, threads: number) =>
  JSON.stringify({ provider, threads } satisfies OnnxRuntimeSettings);

const worker = 'engine/onnxruntime-worker';
const names = { cuda: 'CUDA', webgpu: 'WebGPU' } as const;

const openers: Readonly<Record<Provider, (settings: string, limits: LimitOptions) => Open>> = {
  cpu: (settings, limits) => hosted({ module: worker, limits: limitsOf(limits), lanes: 1 })(0, settings),
  cuda: (settings) => (listener) => {
    checkCuda();
    return thread(worker, settings)(listener);
  },
  webgpu: (settings, limits) =>
    hosted({ module: worker, limits: limitsOf(limits), lanes: 1, environment: vulkanEnvironment })(
      0,
      settings,
    ),
};

const preparations: Readonly<Record<Provider, (() => Prepare) | undefined>> = {
  cpu: forCpu,
  cuda: undefined,
  webgpu: () => forWebgpu,
};

const explanations: Readonly<Record<Provider, ((message: string) => string | undefined) | undefined>> = {
  cpu: undefined,
  cuda: (message) =>
    /Failed to load (shared )?library|libcud|libcublas/.test(message)
      ? `its libraries do not load (${message}); CUDA 12 and cuDNN 9 must be on LD_LIBRARY_PATH`
      : undefined,
  webgpu: (message) =>
    /No supported adapters|Failed to get a WebGPU adapter/.test(message)
      ? "no Vulkan driver was found; install the GPU's driver and libvulkan1, or Debian's chromium, which brings one in software"
      : undefined,
};

/** The package for npm brings no CUDA library; it is fetched by the package's own script. */
function checkCuda(): void {
  const folder = dirname(createRequire(__filename).resolve('onnxruntime-node/package.json'));
  const library = join(
    folder,
    'bin/napi-v6',
    process.platform,
    process.arch,
    'libonnxruntime_providers_cuda.so',
  );
  if (existsSync(library)) return;
  throw environmentError(
    "ONNX Runtime's CUDA library is not installed; on a machine with CUDA 12 and cuDNN 9 run: node node_modules/onnxruntime-node/script/install.js --onnxruntime-node-install=cuda12",
  );
}

/**
 * Whether channels are kept in nchwc. On inputs of less than 128x128 values that gains a tenth to a third of
 * the time, and it sums in another order than the plain kernels, whose results other frameworks share to the
 * last digits: there it is left alone.
 */
function worthBlocking({ inputs }: Graph, { carry = {} }: CompileOptions): boolean {
  const lengths = inputs[0]?.shape?.filter((length) => typeof length === 'number') ?? [];
  return sizeOf(lengths) >= 128 * 128 || Object.keys(carry).length > 0;
}
