import { entryOf, type OperatorName } from '../../../catalogue/index.js';
import { cpu, type Preferred } from './cpu.js';

/** Forms that an engine runs faster than the plain rule, by engine and operator. */
export const preferred: Readonly<Record<string, Readonly<Partial<Record<OperatorName, Preferred>>>>> = {
  cpu,
};

/** The gradients of a node in the form that the engine prefers; undefined where that is the plain rule. */
export const preferredForm: Preferred = (node, gradients, walk) =>
  entryOf<Preferred>(preferred[walk.engine] ?? {}, node)?.(node, gradients, walk);
