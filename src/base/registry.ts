interface Named {
  readonly name: string;
}

/** A module that exports nothing but members of a registry: what `import * as` gives. */
type Module = Readonly<Record<string, Named>>;

type MemberOf<M> = M extends unknown ? M[keyof M] : never;

/** Every member of some modules by its own name, with its own type. */
export type Registry<M extends readonly Module[]> = {
  readonly [T in MemberOf<M[number]> as T extends Named ? T['name'] : never]: T;
};

/**
 * `registryOf(gradient, cam)` holds what the modules export, by the members' names. Throws where two have one
 * name.
 */
export function registryOf<const M extends readonly Module[]>(...modules: M): Registry<M> {
  const members = modules.flatMap((module) => Object.values(module));
  const names = members.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) throw new Error(`two members of a registry are called '${twice}'`);
  return Object.fromEntries(members.map((member) => [member.name, member])) as Registry<M>;
}
