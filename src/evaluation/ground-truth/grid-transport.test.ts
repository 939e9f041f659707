import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { transport } from '../../tensor/transport.js';
import { gridTransport } from './grid-transport.js';

const side = 17;
const way = (p: number, q: number) =>
  Math.hypot(Math.floor(p / side) - Math.floor(q / side), (p % side) - (q % side));
const total = (masses: Iterable<number>) => [...masses].reduce((sum, mass) => sum + mass, 0);

/** Masses at every pixel, a mask that shares a part of them, and what is left over for nothing. */
function problem(free: number) {
  const random = seededRandom(3);
  const from = Float64Array.from({ length: side * side }, () => random.uniform());
  const mask = from.map((_, p) => (p % side > 6 && p < 150 ? 1 : 0));
  const share = (total(from) + free) / total(mask);
  return { from, to: mask.map((value) => value * share), free };
}

describe('the earth mover on a grid', () => {
  it.each([0, 40])('moves all mass by a plan that no exchange makes cheaper (%d for nothing)', (free) => {
    const { from, to } = problem(free);
    const { cost, flows, sources, sinks } = gridTransport(from, to, [side, side], free);
    const price = (i: number, j: number) => (i < sources.length ? way(sources[i]!, sinks[j]!) : 0);
    expect(total(flows.map(({ source, sink, mass }) => mass * price(source, sink)))).toBeCloseTo(cost, 9);
    const [left, room] = [[...[...sources].map((p) => from[p]!), free], [...sinks].map((p) => to[p]!)];
    for (const { source, sink, mass } of flows) {
      expect(mass).toBeGreaterThan(0);
      left[source]! -= mass;
      room[sink]! -= mass;
    }
    for (const rest of [...left, ...room]) expect(Math.abs(rest)).toBeLessThan(1e-9);
    // No exchange along a circle lowers the cost where shortest ways exist: forward at the price of any arc,
    // back at that of one in use. Bellman and Ford find them within as many rounds as there are nodes.
    const [out, into] = [left.map(() => 0), room.map(() => 0)];
    for (let [round, lower] = [0, true]; lower; round++) {
      expect(round).toBeLessThan(out.length + into.length);
      lower = false;
      for (const j of into.keys()) {
        for (const i of sources.keys()) into[j] = Math.min(into[j]!, out[i]! + price(i, j));
        if (free > 0) into[j] = Math.min(into[j]!, out[sources.length]!);
      }
      for (const { source, sink } of flows) {
        const here = into[sink]! - price(source, sink);
        if (here >= out[source]! - 1e-9) continue;
        out[source] = here;
        lower = true;
      }
    }
  });

  // Odd sides leave blocks of one pixel at the border.
  it('costs the same whether or not the first plan comes from blocks of pixels', () => {
    const { from, to } = problem(0);
    const sinks = [...to.keys()].filter((p) => to[p]! > 0);
    const plain = transport(
      from,
      sinks.map((p) => to[p]!),
      (i, j) => way(i, sinks[j]!),
    );
    expect(gridTransport(from, to, [side, side]).cost / plain.cost).toBeCloseTo(1, 9);
  });
});
