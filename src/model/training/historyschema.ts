import { z } from 'zod/mini';
import { measured, type Schema, whole } from '../../base/json.js';
import type { History } from './history.js';
import type { Quality } from './quality.js';

const quality: Schema<Quality> = z.object({
  loss: measured,
  accuracy: measured,
  balancedAccuracy: measured,
  auroc: measured,
});

/** A training's history as JSON keeps it. */
export const historySchema: Schema<History> = z.array(
  z.object({
    epoch: whole(),
    rate: measured,
    train: z.object({ loss: measured, accuracy: measured }),
    validation: z.optional(quality),
  }),
);
