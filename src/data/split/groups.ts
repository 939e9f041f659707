import type { Split } from '../record.js';

/** The fields of a sample that a split needs. */
export interface Splittable {
  readonly id: string;
  readonly patient: string;
  readonly labels: readonly number[];
  readonly site?: string;
  /** Official split of the archive. */
  readonly split?: Split;
}

/** Samples that a split does not separate. */
export interface Group {
  readonly key: string;
  readonly members: readonly Splittable[];
}

/**
 * Groups samples that share a key, directly or transitively. The order of groups depends only on the keys.
 */
export function groupsBy(
  samples: readonly Splittable[],
  keysOf: (sample: Splittable) => readonly string[],
): Group[] {
  const parent = new Map<string, string>();
  const rootOf = (key: string): string => {
    let root = key;
    while (parent.get(root) !== root) root = parent.get(root)!;
    for (let at = key; at !== root; ) {
      const next = parent.get(at)!;
      parent.set(at, root);
      at = next;
    }
    return root;
  };
  for (const sample of samples) {
    const [first, ...others] = keysOf(sample);
    for (const key of [first!, ...others]) if (!parent.has(key)) parent.set(key, key);
    for (const key of others) {
      const [a, b] = [rootOf(first!), rootOf(key)].sort();
      parent.set(b!, a!);
    }
  }
  const members = new Map<string, Splittable[]>();
  for (const sample of samples) {
    const root = rootOf(keysOf(sample)[0]!);
    const together = members.get(root);
    if (together === undefined) members.set(root, [sample]);
    else together.push(sample);
  }
  return [...members].map(([key, of]) => ({ key, members: of })).sort((a, b) => (a.key < b.key ? -1 : 1));
}
