import { join } from 'node:path';
import { z } from 'zod/mini';
import { inputError } from '../../base/errors.js';
import { readTextIfThere } from '../../base/files.js';
import { parseJson } from '../../base/json.js';
import { shortcutVerdicts } from './verdict.js';

/** The parts of a finished audit's `shortcut.json` that a scorecard reads. */
const auditSchema = z.object({
  cautions: z.array(z.string()),
  methods: z.array(z.object({ method: z.string(), verdict: z.enum(shortcutVerdicts) })),
});

/** What a shortcut audit says of each method. */
export type AuditVerdicts = z.infer<typeof auditSchema>;

/** Reads a finished audit. Throws where the folder holds none. */
export async function readAudit(folder: string): Promise<AuditVerdicts> {
  const path = join(folder, 'shortcut.json');
  const text = await readTextIfThere(path);
  if (text === undefined) throw inputError(`${path}: not there; it is what sightline shortcut-audit writes`);
  return parseJson(text, auditSchema, path);
}
