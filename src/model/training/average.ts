import { extend } from '../../graph/builder.js';
import type { Value } from '../../graph/graph.js';
import { flattened } from './flattened.js';
import { names, type Step } from './step.js';

/**
 * The step with a moving average of each of the network's values beside it, a = k a + (1 - k) w, which then
 * stands for the value (Polyak, Juditsky 1992; as in Tan, Le 2019, arXiv:1905.11946). The optimiser goes on
 * from the values themselves.
 */
export function withAverages(step: Step): Step {
  const { graph, carry, state, network } = step;
  const builder = extend(graph);
  const nextOf = new Map(Object.entries(carry).map(([next, input]) => [input, next]));
  const fresh = builder.sub(1, names.kept);
  const averages = [...network].map(([parameter, value]) => {
    const input = names.average(parameter);
    const first = state[value]!;
    const [next] = flattened(builder, first.shape, [input, nextOf.get(value)!], ([old, seen]) => [
      builder.add(builder.mul(old!, names.kept), builder.mul(seen!, fresh)),
    ]);
    return { parameter, input, next: next!, first };
  });
  const float = (name: string): Value => ({ name, type: 'float32' });
  return {
    ...step,
    graph: builder.finish(
      [...graph.inputs, { ...float(names.kept), shape: [] }, ...averages.map(({ input }) => float(input))],
      [...graph.outputs, ...averages.map(({ next }) => float(next))],
    ),
    carry: { ...carry, ...Object.fromEntries(averages.map(({ next, input }) => [next, input])) },
    state: { ...state, ...Object.fromEntries(averages.map(({ input, first }) => [input, first])) },
    network: new Map(averages.map(({ parameter, input }) => [parameter, input])),
    averaged: true,
  };
}

/**
 * The part of an average that is kept in step `step`, counted from 1: less in the first steps, where the
 * values are far from what they become.
 */
export const keptAt = (average: number, step: number): number => Math.min(average, (1 + step) / (10 + step));
