import { optionError } from './errors.js';
import { sha256 } from './files.js';
import { unknownName } from './names.js';

/**
 * The declaration of one option. It checks and parses given values and holds the default and the texts of
 * `--help` and the documentation.
 */
export interface Option<T, Given = T> {
  /** One line that describes the option. */
  readonly doc: string;
  /** Describes the accepted values, for errors and documentation. */
  readonly accepts: string;
  /** The default value. */
  readonly default: T;
  /** Whether the value is secret or may identify a person. Files keep only a hash of it. */
  readonly private?: boolean;
  /** The values that a search over the option draws from; without them it is not searched. */
  readonly search?: Search;
  /** The type that callers may pass when it is wider than `T`. Only a type: it holds no value. */
  readonly given?: Given;
  /** Converts a given value; returns `undefined` when the option does not accept it. */
  readonly read: (given: unknown) => T | undefined;
}

/** Some values, or a range of numbers: evenly, evenly in their logarithm, or the whole ones. */
export type Search =
  | { readonly among: readonly (string | number | boolean)[] }
  | { readonly from: number; readonly to: number; readonly draws?: 'log' | 'whole' };

/** An option with the values that a search over it draws from. */
export const searched = <O extends Option<unknown>>(option: O, search: Search): O => ({ ...option, search });

/** An option without its default. */
export type Undefaulted<T, Given = T> = Omit<Option<T, Given>, 'default'>;

export type OptionSpecs = Readonly<Record<string, Option<unknown>>>;
export type OptionValues<S extends OptionSpecs> = { readonly [K in keyof S]: S[K]['default'] };
/** The options that a caller may pass. */
export type OptionsOf<S extends OptionSpecs> = { readonly [K in keyof S]?: S[K]['given'] };
/**
 * The options of a registered member by name, or of the caller's own member. Any options when the name is
 * unknown at compile time.
 */
export type OptionsFor<Registry, Chosen> = Chosen extends keyof Registry
  ? OptionsIn<Registry[Chosen]>
  : OptionsIn<Chosen>;
type OptionsIn<T> = T extends { readonly options: infer S extends OptionSpecs } ? OptionsOf<S> : GivenOptions;
export type GivenOptions = Readonly<Record<string, unknown>>;

type Declared<T> = { readonly doc: string; readonly default: T };
type Bounds = { readonly min?: number; readonly max?: number };

/** An option for a number from `min` to `max`, inclusive. */
export function number({
  min = -Infinity,
  max = Infinity,
  ...declared
}: Declared<number> & Bounds): Option<number> {
  return {
    ...declared,
    accepts: `a number${range(min, max)}`,
    read: (given) => inside(asNumber(given), min, max),
  };
}

/** An option for an integer from `min` to `max`, inclusive. */
export function integer({
  min = -Infinity,
  max = Infinity,
  ...declared
}: Declared<number> & Bounds): Option<number> {
  return {
    ...declared,
    accepts: `a whole number${range(min, max)}`,
    read: (given) => {
      const value = inside(asNumber(given), min, max);
      return Number.isInteger(value) ? value : undefined;
    },
  };
}

/** An option for true or false. */
export function flag(declared: Declared<boolean>): Option<boolean> {
  return {
    ...declared,
    accepts: 'true or false',
    read: (given) =>
      given === true || given === 'true' ? true : given === false || given === 'false' ? false : undefined,
  };
}

/** An option for one of the given texts. */
export function choice<const C extends string, const D extends C>(
  choices: readonly C[],
  declared: { readonly doc: string; readonly default: D },
): Option<C> {
  return {
    ...declared,
    accepts: `one of ${choices.join(', ')}`,
    read: (given) => choices.find((c) => c === given),
  };
}

/** An option for any text. */
export function text(declared: Declared<string> & Pick<Option<string>, 'private'>): Option<string> {
  return { ...declared, accepts: 'a text', read: (given) => (typeof given === 'string' ? given : undefined) };
}

/** Makes an option optional: its default is `undefined`. */
export function optional<T, G>(
  option: Undefaulted<T, G> & { readonly default?: unknown },
): Option<T | undefined, G> {
  return { ...option, default: undefined };
}

/** An option with two accepted forms; the first form that accepts the value reads it. */
export function either<A, G, B, H>(a: Option<A, G>, b: Undefaulted<B, H>): Option<A | B, G | H> {
  return {
    doc: a.doc,
    default: a.default,
    accepts: `${a.accepts}, or ${b.accepts}`,
    read: (given) => a.read(given) ?? b.read(given),
  };
}

/**
 * Checks `given` against `specs` and fills in the defaults. Throws a usage error that names the option, the
 * given value and the accepted ones.
 */
export function readOptions<S extends OptionSpecs>(
  specs: S,
  given: GivenOptions,
  owner: string,
): OptionValues<S> {
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(specs, name)) continue;
    const { message } = unknownName(Object.keys(specs), name, `option of ${owner}`);
    throw optionError(message, name, ...Object.keys(specs));
  }
  const values = Object.entries(specs).map(([name, spec]) => {
    const raw = given[name];
    if (raw === undefined) return [name, spec.default];
    const value = spec.read(raw);
    if (value === undefined) {
      throw optionError(`option '${name}' of ${owner} got ${show(raw)}; it takes ${spec.accepts}`, name);
    }
    return [name, value];
  });
  return Object.fromEntries(values) as OptionValues<S>;
}

/** What files keep of a private value. */
export const shortHash = (value: unknown): string => `sha256:${sha256(String(value)).slice(0, 8)}`;

/** The given options with a short hash in place of private values, as files may keep them. */
export const withoutPrivate = (specs: OptionSpecs, given: GivenOptions): GivenOptions =>
  Object.fromEntries(
    Object.entries(given).map(([name, value]) => [name, specs[name]?.private ? shortHash(value) : value]),
  );

/** The values of the declared options alone, of an object that may hold others. */
export const declaredIn = <S extends OptionSpecs>(specs: S, given: OptionValues<S>): OptionValues<S> =>
  Object.fromEntries(Object.keys(specs).map((name) => [name, given[name]])) as OptionValues<S>;

function asNumber(given: unknown): number | undefined {
  if (typeof given === 'number') return given;
  if (typeof given !== 'string' || given.trim() === '') return undefined;
  return Number(given);
}

function inside(value: number | undefined, min: number, max: number): number | undefined {
  return value !== undefined && value >= min && value <= max ? value : undefined;
}

function range(min: number, max: number): string {
  if (min !== -Infinity && max !== Infinity) return ` from ${min} to ${max}`;
  if (min !== -Infinity) return ` of at least ${min}`;
  return max !== Infinity ? ` of at most ${max}` : '';
}

function show(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'shape' in value)
    return `an array of shape [${value.shape}]${'data' in value && holdsNaN(value.data) ? ' with NaN or infinite values' : ''}`;
  return JSON.stringify(value) ?? String(value);
}

const holdsNaN = (data: unknown) =>
  (data instanceof Float32Array || data instanceof Float64Array) && !data.every(Number.isFinite);

/** Replaces arrays in options by their shapes, to be printed or stored. */
export const optionsInWords = (options: GivenOptions): GivenOptions =>
  Object.fromEntries(Object.entries(options).map(([key, value]) => [key, arrayInWords(value)]));

const arrayInWords = (value: unknown) =>
  typeof value === 'object' && value !== null && 'shape' in value ? `array [${value.shape}]` : value;
