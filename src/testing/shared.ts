import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

const root = resolve('..', 'shared');

/** A path in the folder of reference data beside the project. */
export const sharedPath = (...parts: string[]): string => resolve(root, ...parts);

/** Whether tests that need it can run: in CI its absence is a failure, elsewhere they are skipped. */
export const sharedIsThere: boolean = existsSync(root) || process.env.CI === 'true';
