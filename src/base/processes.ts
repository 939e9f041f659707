import { readFileSync } from 'node:fs';

/**
 * When a process started, in ticks since the machine did, which tells it from a later one with its number.
 * `running` where the system does not say; undefined when there is no such process.
 */
export function startOf(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ESRCH') return undefined;
  }
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)!.split(' ')[19];
  } catch {
    return 'running';
  }
}
