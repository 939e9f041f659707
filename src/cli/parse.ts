import { parseArgs } from 'node:util';
import { z } from 'zod/mini';
import { inputError, messageOf, usageError } from '../base/errors.js';
import { readBytes } from '../base/files.js';
import { maximumJson, parseJson } from '../base/json.js';
import { camelCase, kebabCase, listed, unknownName } from '../base/names.js';
import { readOptions } from '../base/options.js';
import { notFinite } from '../tensor/finite.js';
import { readNpy } from '../tensor/npy.js';
import type { Tensor, TypedArray } from '../tensor/tensor.js';
import type { Call, Command } from './command.js';

type Parsed = Pick<Call<Readonly<Record<string, unknown>>>, 'flags' | 'positionals' | 'options'>;

/** Parses a command's arguments; throws a usage error that names what is wrong. */
export async function parse(command: Command, args: readonly string[]): Promise<Parsed> {
  const { flags, positionals, pairs } = tokens(command, args);
  const read = readOptions(command.flags, flags, command.name);
  const wanted = command.positionals ?? [];
  if (positionals.length > wanted.length && !wanted.at(-1)?.many) {
    throw usageError(`${command.name} does not take '${positionals[wanted.length]}'`);
  }
  checkGiven(command, flags, positionals);
  return { flags: read, positionals, options: await readGiven(pairs) };
}

/** Throws where something is missing that the command needs; names all of it. */
function checkGiven(
  { name: command, flags: specs, required: needed = [], oneOf = [], positionals: wanted = [] }: Command,
  flags: Tokens['flags'],
  positionals: readonly string[],
): void {
  const isMissing = (name: string) => (flags[name] ?? '') === '';
  const spelled = (name: string) => `--${kebabCase(name)}`;
  const missing = [
    ...wanted.filter(({ required }, i) => required && positionals[i] === undefined),
    ...needed.filter(isMissing).map((name) => ({ name: spelled(name), doc: specs[name]!.doc })),
  ];
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => name);
  if (oneOf.length > 0 && oneOf.every(isMissing)) names.push(listed(oneOf.map(spelled), 'or'));
  throw usageError(
    `${command} needs ${names.length > 1 ? `${listed(names)}; see sightline ${command} --help` : `${names[0]}: ${missing[0]!.doc}`}`,
  );
}

interface Tokens {
  readonly flags: Readonly<Record<string, unknown>>;
  readonly positionals: readonly string[];
  readonly pairs: readonly string[];
}

function tokens(command: Command, args: readonly string[]): Tokens {
  const declared = Object.entries(command.flags).map(([name, { accepts }]) => [
    kebabCase(name),
    accepts === 'true or false' ? { type: 'boolean' as const } : many,
  ]);
  const options: Record<string, { type: 'boolean' } | typeof many> = {
    ...Object.fromEntries(declared),
    ...(command.takesOptions !== undefined && { option: many }),
  };
  try {
    const { values, positionals } = parseArgs({
      args: withDashes(args, options),
      options,
      allowPositionals: true,
      strict: true,
    });
    const { option = [], ...flags } = values;
    return {
      flags: Object.fromEntries(
        Object.entries(flags).map(([name, given]) => [camelCase(name), single(given)]),
      ),
      positionals,
      pairs: option as string[],
    };
  } catch (error) {
    const unknown = /Unknown option '--?([^']+)'/.exec(messageOf(error))?.[1];
    if (unknown) {
      throw unknownName(
        Object.keys(options).map((name) => `--${name}`),
        `--${unknown}`,
        `flag of ${command.name}`,
      );
    }
    const missing = /Option '(--[^ ']+)[^']*' argument missing/.exec(messageOf(error))?.[1];
    const message = missing ? `${missing} has no value` : messageOf(error);
    throw usageError(`${command.name}: ${message}`);
  }
}

const many = { type: 'string' as const, multiple: true as const };

/** A single value as given; several values as a list, which only some flags take. */
const single = (given: unknown) => (Array.isArray(given) && given.length === 1 ? given[0] : given);

/** Joins a flag with a negative value: `--targets -1` is read as `--targets=-1`. */
function withDashes(args: readonly string[], options: Readonly<Record<string, { type: string }>>): string[] {
  const out: string[] = [];
  for (const arg of args) {
    const before = out.at(-1);
    const waits = before?.startsWith('--') && options[before.slice(2)]?.type === 'string';
    if (waits && /^-[^-]/.test(arg)) out[out.length - 1] = `${before}=${arg}`;
    else out.push(arg);
  }
  return out;
}

/** `zero-bias` is the option `zeroBias`; `near-duplicates.bits` is the option of that check. */
const optionKey = (spelled: string) => {
  const at = spelled.indexOf('.') + 1;
  return spelled.slice(0, at) + camelCase(spelled.slice(at));
};

/** Reads `key=value` pairs; a value that ends in `.npy` is an array, one in `.json` the file's content. */
async function readGiven(pairs: readonly string[]): Promise<Record<string, unknown>> {
  const keys = pairs.map((pair) => pair.split('=')[0]);
  const twice = keys.find((key, i) => keys.indexOf(key) < i);
  if (twice !== undefined) throw usageError(`--option ${twice} is given twice`);
  const read = await Promise.all(
    pairs.map(async (pair) => {
      const [, spelled, value] = /^([^=]+)=(.*)$/s.exec(pair) ?? [];
      if (spelled === undefined || value === undefined)
        throw usageError(`--option takes key=value; got '${pair}'`);
      const key = optionKey(spelled);
      if (value.endsWith('.npy')) return [key, await readArray(value)];
      return [key, value.endsWith('.json') ? await readJson(value) : value];
    }),
  );
  return Object.fromEntries(read);
}

async function readArray(path: string): Promise<Tensor<TypedArray>> {
  const read = await readNpy(path);
  const broken = notFinite(read);
  if (broken) throw inputError(`${path}: ${broken}`);
  return read;
}

async function readJson(path: string): Promise<unknown> {
  return parseJson((await readBytes(path, maximumJson)).toString('utf8'), z.unknown(), path);
}
