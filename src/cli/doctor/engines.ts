import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { findChromium, findProgram } from '../../base/machine.js';
import { compiledFile } from '../../base/workers.js';
import type { EngineName } from '../../engine/index.js';
import { type Attempt, attempt } from './attempt.js';
import type { Finding } from './finding.js';

const modules = createRequire(__filename);

const probe = (engine: EngineName): Promise<Attempt> =>
  attempt(process.execPath, [compiledFile('cli/doctor/probe'), engine]);

export async function cpuEngine(): Promise<Finding> {
  const { ok, said } = await probe('cpu');
  return {
    what: 'engine cpu',
    use: 'explains and trains',
    basic: true,
    works: ok,
    found: said,
    ...(!ok && { advice: 'run npm ci, then npm run build' }),
  };
}

export async function webgpuEngine(): Promise<Finding> {
  const { ok, said, errors } = await probe('webgpu');
  const about = { what: 'engine webgpu', use: 'explains on any GPU with Vulkan', basic: false };
  if (ok) return { ...about, works: true, found: said };
  if (/libvulkan/.test(errors)) {
    const advice = `install the Vulkan loader (Debian: apt-get install libvulkan1) and the GPU's driver${softwareVulkan()}`;
    return { ...about, works: false, found: 'the Vulkan loader (libvulkan.so.1) is missing', advice };
  }
  const noGpu = /No supported adapters|Failed to get a WebGPU adapter/.test(said);
  const found = noGpu ? 'no GPU with a Vulkan driver was found' : said;
  return { ...about, works: false, found, advice: `install the GPU's Vulkan driver${softwareVulkan()}` };
}

/** Chromium brings a Vulkan driver in software: slow, but it runs everything. */
function softwareVulkan(): string {
  const driver = '/usr/lib/chromium/vk_swiftshader_icd.json';
  return findChromium() && existsSync(driver)
    ? `; without a GPU, to try it: VK_ICD_FILENAMES=${driver} LD_LIBRARY_PATH=${dirname(driver)}`
    : '';
}

export async function cudaEngine(): Promise<Finding> {
  const about = { what: 'engine cuda', use: 'explains and trains on NVIDIA GPUs', basic: false };
  const gpu = findProgram(['nvidia-smi']) !== undefined;
  const folder = join(dirname(modules.resolve('onnxruntime-node/package.json')), 'bin');
  const provider = existsSync(folder)
    ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).find((path) =>
        /onnxruntime_providers_cuda\.(so|dll)$/.test(path),
      )
    : undefined;
  if (provider === undefined) {
    const install =
      'node node_modules/onnxruntime-node/script/install.js --onnxruntime-node-install=cuda12 (CUDA 12 and cuDNN 9 must be there)';
    return gpu
      ? { ...about, works: false, found: "ONNX Runtime's CUDA library is not installed", advice: install }
      : {
          ...about,
          works: false,
          found: 'no NVIDIA GPU was found (no nvidia-smi)',
          advice: `on a machine that has one: ${install}`,
        };
  }
  const { ok, said } = await probe('cuda');
  return {
    ...about,
    works: ok,
    found: said,
    ...(!ok && { advice: 'check that nvidia-smi works and that CUDA 12 and cuDNN 9 are on LD_LIBRARY_PATH' }),
  };
}

export async function tensorflowEngine(): Promise<Finding> {
  const about = { what: 'engine tensorflow', use: 'trains on NVIDIA GPUs', basic: false };
  try {
    modules.resolve('@tensorflow/tfjs-node-gpu/package.json');
  } catch {
    return {
      ...about,
      works: false,
      found: '@tensorflow/tfjs-node-gpu is not installed (it is optional)',
      advice:
        'on a machine with an NVIDIA GPU: npm install @tensorflow/tfjs-node-gpu, which downloads libtensorflow',
    };
  }
  const { ok, said } = await probe('tensorflow');
  return {
    ...about,
    works: ok,
    found: said,
    ...(!ok && {
      advice:
        'npm rebuild @tensorflow/tfjs-node-gpu downloads libtensorflow again; it needs CUDA 11 and cuDNN 8',
    }),
  };
}
