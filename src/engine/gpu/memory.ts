import { spawnSync } from 'node:child_process';

/** The free memory of an NVIDIA card in bytes, as its driver tells it; `undefined` without one. */
export function freeGpuMemory(device = 0): number | undefined {
  const asked = ['--query-gpu=memory.free', '--format=csv,noheader,nounits', `--id=${device}`];
  const { stdout } = spawnSync('nvidia-smi', asked, { encoding: 'utf8', timeout: 5000 });
  const megabytes = Number.parseInt(stdout ?? '', 10);
  return megabytes > 0 ? megabytes * 2 ** 20 : undefined;
}

/** Whether an engine's error says that the memory of a GPU did not suffice. */
export const isOutOfMemory = (error: unknown): boolean =>
  error instanceof Error &&
  /out of (device )?memory|failed to allocate memory|allocation failed|ALLOC_FAILED/i.test(error.message);
