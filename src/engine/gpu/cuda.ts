import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { environmentError } from '../../base/errors.js';

/** How to set up engine `cuda`. */
export const CUDA_ADVICE =
  "'npm run setup -- --gpu' sets it up (Linux on x64; CUDA 13 and cuDNN 9 where the system has none)";

/** The folder of ONNX Runtime's native libraries. */
export const providerFolder = (): string =>
  join(
    dirname(createRequire(__filename).resolve('onnxruntime-node/package.json')),
    'bin/napi-v6',
    process.platform,
    process.arch,
  );

/** Whether ONNX Runtime's CUDA provider is there: the npm package does not contain it. */
export const hasCudaProvider = (): boolean =>
  existsSync(join(providerFolder(), 'libonnxruntime_providers_cuda.so'));

/** The libraries that the provider loads, those that others need first. */
export const cudaLibraries = [
  'libcudart.so.13',
  'libcublasLt.so.13',
  'libcublas.so.13',
  'libcurand.so.10',
  'libnvrtc.so.13',
  'libcudnn.so.9',
];

/** The flag of dlopen on Linux that keeps a library when Node closes it. */
const RTLD_NODELETE = 0x1000;

/**
 * Loads the CUDA libraries that the set-up has put beside the provider, which would look for them on the
 * system's path alone.
 */
export function loadCudaLibraries(): void {
  for (const file of cudaLibraries.map((name) => join(providerFolder(), name)).filter(existsSync)) {
    try {
      process.dlopen({ exports: {} }, file, constants.dlopen.RTLD_NOW | RTLD_NODELETE);
    } catch {
      // Node takes it for an addon and finds none in it, but it is loaded.
    }
  }
}

/**
 * Has the CUDA libraries compute in float32, or round the factors of convolutions and matrix products to
 * TF32, as they do by themselves. They read the variable once, so it holds for the whole process: throws
 * where it says something else already.
 */
export function chooseTf32(tf32: boolean, environment: NodeJS.ProcessEnv = process.env): void {
  const [before, wanted] = [environment.NVIDIA_TF32_OVERRIDE, tf32 ? '1' : '0'];
  if (before !== undefined && before !== wanted) {
    throw environmentError(
      `in this process CUDA computes ${tf32 ? 'without' : 'with'} TF32 (NVIDIA_TF32_OVERRIDE is ${before}); start another`,
    );
  }
  environment.NVIDIA_TF32_OVERRIDE = wanted;
}
