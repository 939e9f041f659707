import { sha256 } from './files.js';

/** Digests of things by their names, in their order. */
export type Digests = readonly (readonly [name: string, digest: string])[];

/** So much of a SHA-256 as tells contents apart. */
export const shortDigest = (content: string | Uint8Array): string => sha256(content).slice(0, 16);

/** So many changes are told one by one. */
const TOLD = 3;

/** What differs between two lists of digests, in words; `undefined` where they are equal. */
export function changesBetween(before: Digests, now: Digests): string | undefined {
  const [old, own] = [new Map(before), new Map(now)];
  const changes = [
    ...now.flatMap(([name, digest]) => {
      if (!old.has(name)) return [`${name} is new`];
      return old.get(name) === digest ? [] : [`${name} has changed`];
    }),
    ...before.flatMap(([name]) => (own.has(name) ? [] : [`${name} is gone`])),
  ];
  if (changes.length === 0) {
    const same = before.length === now.length && before.every(([name], i) => name === now[i]![0]);
    return same ? undefined : 'their order has changed';
  }
  const told = changes.slice(0, TOLD).join(', ');
  return changes.length > TOLD ? `${told}, and ${changes.length - TOLD} more` : told;
}
