import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { attempt } from '../../base/attempt.js';
import { CUDA_ADVICE, cudaLibraries, hasCudaProvider, providerFolder } from '../../engine/gpu/cuda.js';
import { hasGpu } from '../../engine/gpu/vulkan.js';
import type { Finding } from './basics.js';

const FIELDS = 'index,name,driver_version,memory.free,memory.total';

/** The cards, their driver and their memory, as nvidia-smi lists them. */
export async function card(run = attempt): Promise<Finding> {
  const about = { what: 'GPU', use: 'trains and explains faster', basic: false };
  const { ok, said } = await run('nvidia-smi', [`--query-gpu=${FIELDS}`, '--format=csv,noheader,nounits']);
  if (ok) return { ...about, works: true, found: said.split('\n').map(inWords).join('; ') };
  const other = hasGpu();
  return {
    ...about,
    works: other,
    found: other ? 'no NVIDIA card; another with a Vulkan driver' : 'no NVIDIA GPU was found (no nvidia-smi)',
    ...(!other && { advice: 'on a machine with an NVIDIA card install its driver: nvidia-smi must list it' }),
  };
}

function inWords(line: string): string {
  const [index, name, driver, free, total] = line.split(', ');
  const gib = (mib = '0') => (Number(mib) / 1024).toFixed(1);
  return `${index}: ${name}, driver ${driver}, ${gib(free)} of ${gib(total)} GiB free`;
}

/** The CUDA provider of ONNX Runtime, and the libraries that it loads. */
export async function cuda(run = attempt): Promise<Finding> {
  const about = { what: 'CUDA', use: 'engine cuda', basic: false };
  if (!hasCudaProvider()) {
    return {
      ...about,
      works: false,
      found: "ONNX Runtime's CUDA provider is not there",
      advice: CUDA_ADVICE,
    };
  }
  const listed = (await run('/sbin/ldconfig', ['-p'])).said;
  const folders = [providerFolder(), ...(process.env.LD_LIBRARY_PATH ?? '').split(':').filter(Boolean)];
  const has = (name: string) =>
    listed.includes(`${name} `) || folders.some((folder) => existsSync(join(folder, name)));
  const missing = [...cudaLibraries, 'libcuda.so.1'].filter((name) => !has(name));
  const own = missing.filter((name) => name !== 'libcuda.so.1');
  const driver = missing.length > own.length ? 'libcuda.so.1 comes with the NVIDIA driver' : '';
  const advice = [own.length > 0 ? CUDA_ADVICE : '', driver].filter(Boolean).join('; ');
  return {
    ...about,
    works: missing.length === 0,
    found: missing.length === 0 ? 'provider, CUDA 13 and cuDNN 9' : `without ${missing.join(', ')}`,
    ...(advice && { advice }),
  };
}
