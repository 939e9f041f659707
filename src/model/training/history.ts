import { z } from 'zod/mini';
import { measured, type Schema, whole } from '../../base/json.js';
import type { Quality } from './quality.js';

/** One epoch's numbers, for a live curve and for the model's file. */
export interface Epoch {
  readonly epoch: number;
  /** The learning rate of its last step. */
  readonly rate: number;
  readonly train: { readonly loss: number; readonly accuracy: number };
  /** Left out where there are no validation images. */
  readonly validation?: Quality;
}

export type History = readonly Epoch[];

export type Monitor = 'loss' | 'accuracy' | 'balanced-accuracy' | 'auroc';

/** What decides which epoch is best: higher is better. Without validation images it is the training loss. */
export function monitored({ train, validation }: Epoch, monitor: Monitor): number {
  if (!validation) return -train.loss;
  if (monitor === 'loss') return -validation.loss;
  return monitor === 'balanced-accuracy' ? validation.balancedAccuracy : validation[monitor];
}

/** The first of the best epochs; the last one where none has a number. */
export function bestOf(history: History, monitor: Monitor): Epoch {
  return history.reduce((best, epoch) => {
    const now = monitored(epoch, monitor);
    const before = monitored(best, monitor);
    return now > before || Number.isNaN(before) ? epoch : best;
  });
}

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
