import { groupBy } from '../base/groups.js';
import type { Tensor } from '../tensor/tensor.js';

/** Maps that differ by less than this part of their greatest magnitude differ by rounding. */
const ROUNDING = 1e-4;

/**
 * Groups of two or more methods whose maps are the same on all images, but for rounding. A group is split as
 * soon as one image tells its methods apart, so that few maps are read.
 */
export async function sameMaps(
  methods: readonly string[],
  images: number,
  read: (method: string, image: number) => Promise<Tensor>,
): Promise<readonly (readonly string[])[]> {
  let groups: readonly (readonly string[])[] = methods.length > 1 ? [methods] : [];
  for (let image = 0; image < images && groups.length > 0; image++) {
    const split: (readonly string[])[] = [];
    for (const group of groups) {
      const kinds: { readonly map: Tensor; readonly names: string[] }[] = [];
      for (const name of group) {
        const map = await read(name, image);
        const kind = kinds.find((one) => areSame(one.map, map));
        if (kind) kind.names.push(name);
        else kinds.push({ map, names: [name] });
      }
      split.push(...kinds.map(({ names }) => names).filter((names) => names.length > 1));
    }
    groups = split;
  }
  return groups;
}

function areSame({ data: a }: Tensor, { data: b }: Tensor): boolean {
  if (a.length !== b.length) return false;
  const greatest = a.reduce(
    (most, value) => (Math.abs(value) > most && Number.isFinite(value) ? Math.abs(value) : most),
    0,
  );
  return a.every((value, i) => Object.is(value, b[i]) || Math.abs(value - b[i]!) <= ROUNDING * greatest);
}

/** The first of each name's group; names in no group are their own. */
export function firstOfSame(
  names: readonly string[],
  groups: readonly (readonly string[])[],
): ReadonlyMap<string, string> {
  const places = new Map(groups.flatMap((group, i) => group.map((name) => [name, `${i}`] as const)));
  const byGroup = groupBy(names, (name) => places.get(name) ?? `-${name}`);
  return new Map([...byGroup.values()].flatMap((own) => own.map((name) => [name, own[0]!] as const)));
}
