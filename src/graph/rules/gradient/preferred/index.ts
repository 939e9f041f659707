import { entryOf, type OperatorName } from '../../../catalogue/index.js';
import { cpu, type Preferred } from './cpu.js';

/** By engine and operator, what an engine runs faster than the plain rule. */
export const preferred: Readonly<Record<string, Readonly<Partial<Record<OperatorName, Preferred>>>>> = {
  cpu,
};

/** A node's gradients in a form that the engine prefers; undefined where that is the plain rule's. */
export const preferredForm: Preferred = (node, gradients, walk) =>
  entryOf<Preferred>(preferred[walk.engine] ?? {}, node)?.(node, gradients, walk);
