/**
 * Things that are costly to make, kept from one use to the next: new memory costs page faults, and the
 * garbage collector goes through the whole heap for every 64 MB of it.
 */
export interface Spares<T> {
  /** One that fits, or else a new one; without an owner always a new one. */
  take(owner: object | undefined, fits: (one: T) => boolean, make: () => T): T;
  /** Keeps one for as long as its owner lives. */
  keep(owner: object | undefined, one: T): void;
}

export function spares<T>(): Spares<T> {
  const kept = new WeakMap<object, T[]>();
  return {
    take(owner, fits, make) {
      // One that does not fit is dropped, so that no more are kept than were ever in use at once.
      const one = owner && kept.get(owner)?.pop();
      return one !== undefined && fits(one) ? one : make();
    },
    keep(owner, one) {
      if (owner === undefined) return;
      const own = kept.get(owner) ?? [];
      kept.set(owner, own);
      own.push(one);
    },
  };
}
