import { lookUp } from '../../../base/names.js';
import { registryOf } from '../../../base/registry.js';
import * as all from './index.js';
import type { Schedule } from './schedule.js';

/** All schedules of the learning rate by name. */
export const schedules = registryOf(all);

/** Returns a schedule by name; throws a usage error for an unknown one. */
export const scheduleOf = (name: string): Schedule => lookUp<Schedule>(schedules, name, 'schedule');
