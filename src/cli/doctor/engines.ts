import { attempt } from '../../base/attempt.js';
import { findProgram } from '../../base/machine.js';
import { compiledFile } from '../../base/workers.js';
import { vulkanEnvironment } from '../../engine/gpu/vulkan.js';
import type { EngineName } from '../../engine/index.js';
import { NATIVE_ADVICE, nativePackage } from '../../engine/tensorflow/native.js';
import type { Finding } from './basics.js';

interface Examined {
  readonly name: EngineName;
  readonly use: string;
  readonly basic: boolean;
  /** A warning where it works with limits. */
  readonly limits?: () => { readonly found: string; readonly advice: string } | undefined;
  /** Missing requirement of the machine, where known. */
  readonly lacks?: () => string | undefined;
}

const engines: readonly Examined[] = [
  { name: 'cpu', use: 'explains and trains', basic: true },
  {
    name: 'webgpu',
    use: 'explains and trains on any GPU with Vulkan',
    basic: false,
    limits: () =>
      Object.keys(vulkanEnvironment()).length > 0
        ? {
            found: "no GPU: by Chromium's software driver, which is slow",
            advice: 'on a machine with a GPU install its driver and the Vulkan loader (Debian: libvulkan1)',
          }
        : undefined,
  },
  {
    name: 'cuda',
    use: 'explains and trains on NVIDIA GPUs',
    basic: false,
    lacks: () =>
      findProgram(['nvidia-smi']) === undefined ? 'no NVIDIA GPU was found (no nvidia-smi)' : undefined,
  },
  {
    name: 'tensorflow',
    use: 'explains and trains, referees gradients',
    basic: false,
    limits: () =>
      nativePackage() === undefined
        ? {
            found: 'in plain JavaScript, a hundred times slower than cpu',
            advice: `on Linux with Node 20 or 22: ${NATIVE_ADVICE}`,
          }
        : undefined,
  },
];

async function examined({ name, use, basic, limits, lacks }: Examined): Promise<Finding> {
  const about = { what: `engine ${name}`, use, basic };
  const { ok, said } = await attempt(process.execPath, [compiledFile('engine/probe'), name]);
  if (ok) {
    const limit = limits?.();
    return limit
      ? { ...about, works: true, found: `${said}; ${limit.found}`, advice: limit.advice }
      : { ...about, works: true, found: said };
  }
  const [reason, ...remedies] = said.split('; ');
  const remedy = remedies.join('; ') || 'run npm ci, then npm run build';
  const lack = lacks?.();
  return lack
    ? { ...about, works: false, found: lack, advice: remedy }
    : { ...about, works: false, found: reason!, advice: remedy };
}

export const engineExaminations = engines.map((engine) => () => examined(engine));
