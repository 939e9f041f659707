import { attempt } from '../base/attempt.js';
import { compiledFile } from '../base/workers.js';
import { hasCudaProvider } from './gpu/cuda.js';
import { hasGpu } from './gpu/vulkan.js';
import type { EngineName } from './index.js';

/**
 * The fastest engine that works on this machine: `cuda`, `webgpu` on a GPU, or `cpu`. Those that the machine
 * seems to have run a small graph in a process of their own first.
 */
export async function bestEngine(works = runs): Promise<EngineName> {
  if (hasCudaProvider() && (await works('cuda'))) return 'cuda';
  if (hasGpu() && (await works('webgpu'))) return 'webgpu';
  return 'cpu';
}

const runs = async (name: EngineName): Promise<boolean> =>
  (await attempt(process.execPath, [compiledFile('engine/probe'), name])).ok;
