/** An option's name as a command line spells it: `zeroBias` is `zero-bias`. */
export const kebabCase = (name: string): string =>
  name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** An option's name as TypeScript spells it, from either spelling. */
export const camelCase = (name: string): string =>
  name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

const spelledBy =
  (spell: (name: string) => string) =>
  (given: Readonly<Record<string, unknown>>): Record<string, unknown> =>
    Object.fromEntries(Object.entries(given).map(([name, value]) => [spell(name), value]));

export const kebabKeys = spelledBy(kebabCase);
export const camelKeys = spelledBy(camelCase);
