import type { Split } from '../record.js';

/** What a split has to know of a sample. */
export interface Splittable {
  readonly id: string;
  readonly patient: string;
  readonly labels: readonly number[];
  readonly site?: string;
  /** The archive's own split. */
  readonly split?: Split;
}

/** Samples that stay together. */
export interface Group {
  readonly key: string;
  readonly members: readonly Splittable[];
}

/**
 * Samples that share any of the keys, directly or through others, in an order that depends on the keys alone.
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
