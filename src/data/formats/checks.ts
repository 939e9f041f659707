import { inputError } from '../../base/errors.js';

/** Narrow what a JSON file holds; each throws one line that says where it is and what it should have been. */

export type Fields = Readonly<Record<string, unknown>>;

export function fields(value: unknown, where: string): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields;
  throw inputError(`${where}: got ${show(value)}; it takes an object`);
}

export function items(value: unknown, where: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw inputError(`${where}: got ${show(value)}; it takes a list`);
}

export function numbers(value: unknown, where: string, length?: number): readonly number[] {
  const list = items(value, where);
  const right = list.every((n) => typeof n === 'number' && Number.isFinite(n));
  if (right && (length === undefined || list.length === length)) return list as readonly number[];
  throw inputError(`${where}: got ${show(value)}; it takes a list of ${length ?? 'any number of'} numbers`);
}

export function word(value: unknown, where: string): string {
  if (typeof value === 'string' && value.trim() !== '') return value.trim();
  throw inputError(`${where}: got ${show(value)}; it takes a text`);
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
