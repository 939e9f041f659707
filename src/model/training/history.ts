import { z } from 'zod/mini';
import { measured, type Schema, whole } from '../../base/json.js';
import type { Quality } from './quality.js';

/** The results of one epoch. */
export interface Epoch {
  readonly epoch: number;
  /** The phase that the epoch belongs to, of a training with several. */
  readonly phase?: string;
  /** The learning rate of the epoch's last step. */
  readonly rate: number;
  readonly train: { readonly loss: number; readonly accuracy: number };
  /** Missing without validation images. */
  readonly validation?: Quality;
}

export type History = readonly Epoch[];

export type Monitor = 'loss' | 'accuracy' | 'balanced-accuracy' | 'auroc' | 'dice';

/**
 * The monitored quantity, where higher is better. Without validation images it is the negative training
 * loss.
 */
export function monitored({ train, validation }: Epoch, monitor: Monitor): number {
  if (!validation) return -train.loss;
  if (monitor === 'loss') return -validation.loss;
  const name = monitor === 'balanced-accuracy' ? 'balancedAccuracy' : monitor;
  return validation[name] ?? Number.NaN;
}

/**
 * The best epoch: of equals, the one with the least validation loss, then the first; the last epoch when the
 * quantity is NaN for all.
 */
export function bestOf(history: History, monitor: Monitor): Epoch {
  return history.reduce((best, epoch) => {
    const now = monitored(epoch, monitor);
    const before = monitored(best, monitor);
    const surer = now === before && monitored(epoch, 'loss') > monitored(best, 'loss');
    return now > before || surer || Number.isNaN(before) ? epoch : best;
  });
}

const quality: Schema<Quality> = z.object({
  loss: measured,
  accuracy: measured,
  balancedAccuracy: measured,
  auroc: measured,
  dice: z.optional(measured),
  iou: z.optional(measured),
  mae: z.optional(measured),
  r2: z.optional(measured),
});

/** The JSON schema of a training history. */
export const historySchema: Schema<History> = z.array(
  z.object({
    epoch: whole(),
    phase: z.optional(z.string()),
    rate: measured,
    train: z.object({ loss: measured, accuracy: measured }),
    validation: z.optional(quality),
  }),
);
