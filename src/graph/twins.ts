import { isDeepStrictEqual } from 'node:util';
import type { Graph, Node } from './graph.js';

export interface TwinsSettings {
  /** How many nodes one after another are compared; beyond them two values count as different. */
  readonly depth: number;
  /** The value that stands for another, such as the one before nodes that keep it; itself by default. */
  readonly source?: (value: string) => string;
}

/** Whether two values are one, or a file computes both from the same values by nodes that it writes twice. */
export function twinsIn(
  { initializers }: Graph,
  producers: ReadonlyMap<string, Node>,
  { depth, source = (value) => value }: TwinsSettings,
): (a: string, b: string) => boolean {
  const alike = (a: string, b: string, left: number): boolean => {
    const [own, other] = [source(a), source(b)];
    if (own === other) return true;
    const held = initializers.get(own);
    if (held || initializers.has(other)) return isDeepStrictEqual(held, initializers.get(other));
    const [first, second] = [producers.get(own), producers.get(other)];
    if (!first || !second || left === 0) return false;
    return (
      first.op === second.op &&
      first.domain === second.domain &&
      first.outputs.indexOf(own) === second.outputs.indexOf(other) &&
      isDeepStrictEqual(first.attributes, second.attributes) &&
      first.inputs.length === second.inputs.length &&
      first.inputs.every((value, i) => alike(value, second.inputs[i]!, left - 1))
    );
  };
  return (a, b) => alike(a, b, depth);
}
