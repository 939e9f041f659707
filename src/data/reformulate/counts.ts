/** Counts by name, in order of first use. */
export interface Counter {
  add(what: string, units?: number): void;
  readonly counts: Readonly<Record<string, number>>;
}

export function counter(names: readonly string[] = []): Counter {
  const counts: Record<string, number> = Object.fromEntries(names.map((name) => [name, 0]));
  return {
    counts,
    add(what, units = 1) {
      counts[what] = (counts[what] ?? 0) + units;
    },
  };
}
