import { z } from 'zod/mini';
import { methods } from '../attribution/index.js';
import type { Family } from '../attribution/method.js';
import { measured, type Schema, whole } from '../base/json.js';
import { historySchema } from '../model/training/history.js';
import type { MethodRow, MethodScores, Skipped, TrainedModel } from './rows.js';

/** The stored result of the training step. */
export const trainedSchema: Schema<TrainedModel> = z.object({
  history: historySchema,
  seconds: z.number(),
  sha256: z.string(),
});

const family: Schema<Family> = z.custom<Family>(
  (value) => Object.values(methods).some((method) => method.family === value),
  'a family of methods',
);

/** For one sample: a fraction where the samples of a batch share evaluations. */
const evaluations = z.number().check(z.minimum(0));

/** The stored result of explaining by one method. */
export const explainedSchema: Schema<MethodRow | Skipped> = z.union([
  z.object({ method: z.string(), skipped: z.string() }),
  z.object({
    method: z.string(),
    family,
    options: z.record(z.string(), z.unknown()),
    seconds: z.number(),
    forward: evaluations,
    backward: evaluations,
    residual: z.optional(measured),
    flaws: z.optional(
      z.object({
        empty: whole(),
        flat: z._default(whole(), 0),
        infinite: whole(),
        unexplained: whole(),
        cancelling: z._default(whole(), 0),
        outdone: whole(),
        taken: z._default(whole(), 0),
        unconverged: whole(),
      }),
    ),
    compared: z.optional(z.object({ input: measured, baseline: measured })),
    notes: z.optional(z.array(z.string())),
    sha256: z.string(),
  }),
]);

/** The stored result of scoring one method's maps, by metric. */
export const methodScoresSchema: Schema<Record<string, MethodScores>> = z.record(
  z.string(),
  z.object({
    seconds: z.number(),
    scores: z.array(
      z.object({
        value: z.nullable(z.number()),
        reason: z.optional(z.string()),
        note: z.optional(z.string()),
        compared: z.optional(
          z.object({ input: measured, baseline: measured, remains: z.optional(z.boolean()) }),
        ),
      }),
    ),
  }),
);
