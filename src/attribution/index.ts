import * as gradient from './gradient/index.js';
import type { Method } from './method.js';

const families = { ...gradient };

/** Every attribution method by its name. */
export const methods: Readonly<Record<string, Method>> = Object.fromEntries(
  Object.values<Method>(families).map((m) => [m.name, m]),
);
