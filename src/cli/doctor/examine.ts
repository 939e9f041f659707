import { images, machine, node } from './basics.js';
import { cpuEngine, cudaEngine, tensorflowEngine, webgpuEngine } from './engines.js';
import type { Finding } from './finding.js';
import { chromium, jupyter, kernel } from './tools.js';

const examinations = [
  node,
  machine,
  images,
  cpuEngine,
  webgpuEngine,
  cudaEngine,
  tensorflowEngine,
  jupyter,
  kernel,
  chromium,
];

/** Tries everything that Sightline can use on this machine. */
export const examine = (): Promise<readonly Finding[]> => Promise.all(examinations.map((one) => one()));
