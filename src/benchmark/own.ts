import { methods } from '../attribution/index.js';
import type { Method } from '../attribution/method.js';
import { sha256 } from '../base/files.js';
import { metrics } from '../evaluation/index.js';
import type { Metric } from '../evaluation/metric/metric.js';

type Member = Method | Metric;

const registered: ReadonlySet<Member> = new Set<Member>([
  ...Object.values<Method>(methods),
  ...Object.values<Metric>(metrics),
]);

/** The source hash of the caller's own method or metric; `undefined` for registered ones. */
const sourceOf = (member: Member): string | undefined =>
  registered.has(member)
    ? undefined
    : sha256(String('attribute' in member ? member.attribute : member.score));

/**
 * The name under which a run stores results. For the caller's own methods it includes the source hash, so
 * that a changed function runs again.
 */
export function sourceName(member: Member): string {
  const source = sourceOf(member);
  return source === undefined ? member.name : `${member.name}-${source.slice(0, 12)}`;
}

/** The manifest's entries for the caller's own methods or metrics: default options and source hash. */
export const describeOwn = (members: readonly Member[]) =>
  members
    .filter((member) => !registered.has(member))
    .map((member) => ({
      name: member.name,
      options: Object.fromEntries(Object.entries(member.options).map(([name, spec]) => [name, spec.default])),
      sha256: sourceOf(member),
    }));
