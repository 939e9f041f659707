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

/**
 * The hash of the function of a method or metric of the caller's own; `undefined` for one of this library.
 */
const sourceOf = (member: Member): string | undefined =>
  registered.has(member)
    ? undefined
    : sha256(String('attribute' in member ? member.attribute : member.score));

/**
 * The name under which a run keeps results: of one's own with its source, so that a changed function is run
 * again.
 */
export function sourceName(member: Member): string {
  const source = sourceOf(member);
  return source === undefined ? member.name : `${member.name}-${source.slice(0, 12)}`;
}

/**
 * What a manifest says of methods or metrics that are the caller's own: their options' defaults and the hash
 * of their source.
 */
export const describeOwn = (members: readonly Member[]) =>
  members
    .filter((member) => !registered.has(member))
    .map((member) => ({
      name: member.name,
      options: Object.fromEntries(Object.entries(member.options).map(([name, spec]) => [name, spec.default])),
      sha256: sourceOf(member),
    }));
