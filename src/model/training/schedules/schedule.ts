import type { Paper } from '../../../base/paper.js';

/** What a schedule knows of a training. */
export interface Course {
  /** The highest learning rate. */
  readonly rate: number;
  /** The number of steps of linear warm-up. */
  readonly warmup: number;
  readonly steps: number;
}

/** How the learning rate changes. To add one, export a value of this type and list it in the index. */
export interface Schedule {
  readonly name: string;
  readonly doc: string;
  readonly paper?: Paper;
  /** The learning rate of a step, counted from 0. */
  at(course: Course, step: number): number;
}

/** Grows linearly over the warm-up, then goes on as `after`. */
export const warmed =
  (after: Schedule['at']): Schedule['at'] =>
  (course, step) =>
    step < course.warmup ? (course.rate * (step + 1)) / (course.warmup + 1) : after(course, step);

/** From `start` to `end` along half a cosine; `done` is between 0 and 1. */
export const eased = (start: number, end: number, done: number): number =>
  end + ((start - end) * (1 + Math.cos(Math.PI * done))) / 2;
