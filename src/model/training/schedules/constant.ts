import { type Schedule, warmed } from './schedule.js';

export const constant: Schedule = {
  name: 'constant',
  doc: 'keeps its height after the warm-up',
  at: warmed(({ rate }) => rate),
};
