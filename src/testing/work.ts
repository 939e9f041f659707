const CALLING = [
  'every',
  'filter',
  'find',
  'findLast',
  'flatMap',
  'forEach',
  'map',
  'reduce',
  'some',
] as const;
const COMPARING = ['includes', 'indexOf'] as const;

/** How many elements the methods and iterators of arrays pass while `act` runs. */
export async function workOf(act: () => Promise<unknown>): Promise<number> {
  let count = 0;
  const methods = Array.prototype as unknown as Record<string | symbol, (...given: unknown[]) => unknown>;
  const replace = (
    name: string | symbol,
    by: (method: (typeof methods)[string]) => (typeof methods)[string],
  ) => {
    const method = methods[name]!;
    methods[name] = by(method);
    return () => {
      methods[name] = method;
    };
  };
  const restore = [
    ...CALLING.map((name) =>
      replace(
        name,
        (method) =>
          function (this: unknown, call, ...rest) {
            const counting = (...given: unknown[]) => {
              count++;
              return (call as typeof method).apply(rest[0], given);
            };
            return method.call(this, counting, ...rest);
          },
      ),
    ),
    ...[...COMPARING, Symbol.iterator].map((name) =>
      replace(
        name,
        (method) =>
          function (this: unknown, ...given) {
            count += (this as readonly unknown[]).length;
            return method.apply(this, given);
          },
      ),
    ),
  ];
  try {
    await act();
    return count;
  } finally {
    for (const back of restore) back();
  }
}
