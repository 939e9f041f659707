import { join } from 'node:path';
import { z } from 'zod/mini';
import { inputError } from '../../base/errors.js';
import { readTextIfThere } from '../../base/files.js';
import { parseJson, whole } from '../../base/json.js';

const measured = z.nullable(z.number());

/** The parts of a run's `summary.json` that a scorecard reads. */
const summarySchema = z.object({
  format: z.literal('sightline-summary'),
  task: z.string(),
  classes: z.array(z.string()),
  cautions: z.array(z.string()),
  notes: z.array(z.string()),
  test: z.object({
    ...{ accuracy: measured, accuracyLow: measured, accuracyHigh: measured },
    ...{ auroc: measured, aurocLow: measured, aurocHigh: measured },
    ...{ test: whole(), annotated: whole(), right: whole(), explained: whole() },
    cases: z.enum(['correct', 'wrong', 'all']),
    /** Of a regression. */
    errors: z.optional(z.object({ mae: z.number(), r2: measured, usual: z.number() })),
    /** Of a network that marks or boxes findings. */
    found: z.optional(z.object({ means: z.string() })),
  }),
  methods: z.array(
    z.object({
      ...{ method: z.string(), family: z.string() },
      ...{ residual: z.optional(measured), sameAs: z.optional(z.array(z.string())) },
    }),
  ),
  summary: z.array(
    z.object({
      ...{ method: z.string(), family: z.string(), metric: z.string() },
      direction: z.enum(['higher', 'lower', 'none']),
      ...{ mean: measured, low: measured, high: measured, chance: measured },
      verdict: z.nullable(z.enum(['better', 'worse', 'inconclusive'])),
      ...{ scored: whole(), undefined: whole() },
    }),
  ),
  trust: z.array(
    z.object({
      metric: z.string(),
      earns: z.enum(['column', 'doubt', 'nothing', 'unknown']),
      why: z.string(),
      patients: whole(1),
    }),
  ),
});

export type RunSummary = z.infer<typeof summarySchema>;
export type MeasuredRow = RunSummary['summary'][number];

/** Reads what a finished run concluded. Throws where there is none, or one from before `trust`. */
export async function readSummary(run: string): Promise<RunSummary> {
  const path = join(run, 'summary.json');
  const text = await readTextIfThere(path);
  if (text === undefined)
    throw inputError(`${path}: not there; a scorecard takes the folder of a finished run`);
  return parseJson(text, summarySchema, path, 'score the run again with sightline evaluate');
}
