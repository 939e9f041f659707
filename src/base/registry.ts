interface Named {
  readonly name: string;
}

/** A module whose exports are all members of a registry, from `import * as`. */
type Module = Readonly<Record<string, Named>>;

type MemberOf<M> = M extends unknown ? M[keyof M] : never;

/** All members of the modules by name, each with its own type. */
export type Registry<M extends readonly Module[]> = {
  readonly [T in MemberOf<M[number]> as T extends Named ? T['name'] : never]: T;
};

/** One of a registry's names, which an editor completes, or any other string. */
export type NameIn<R> = (keyof R & string) | (string & Record<never, never>);

/**
 * Collects the members that the modules export, by name: `registryOf(gradient, cam)`. Throws when two
 * members share a name.
 */
export function registryOf<const M extends readonly Module[]>(...modules: M): Registry<M> {
  const members = modules.flatMap((module) => Object.values(module));
  const names = members.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw new Error(`two members of a registry are called '${twice}'`);
  return Object.fromEntries(members.map((member) => [member.name, member])) as Registry<M>;
}
