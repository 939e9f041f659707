import { catalogue } from './catalogue.js';
import type { Operator } from './operator.js';

export type { Operator };

/** The operators that Sightline knows, by their ONNX names. */
export type OperatorName = keyof typeof catalogue;

/** A table with one entry for each of some operators: one that is forgotten does not compile. */
export type ByOperator<Entry, Op extends OperatorName = OperatorName> = { readonly [Name in Op]: Entry };

/** The operators of which the catalogue says this. */
export type Having<Properties extends Operator> = {
  [Op in OperatorName]: (typeof catalogue)[Op] extends Properties ? Op : never;
}[OperatorName];

/** The operators whose outputs can change with a floating-point input. */
export type Differentiable = Exclude<
  OperatorName,
  Having<{ makes: NonNullable<Operator['makes']> } | { source: true }>
>;

export const operatorNames = Object.keys(catalogue) as OperatorName[];

const known: Readonly<Record<string, Operator>> = catalogue;

interface Named {
  readonly op: string;
  readonly domain: string;
}

/**
 * What the catalogue says of a node's operator; undefined for other domains and operators that it does not
 * have.
 */
export const operatorOf = ({ op, domain }: Named): Operator | undefined =>
  domain === '' && Object.hasOwn(known, op) ? known[op] : undefined;

/** Whether a node's operator has a property, with one of `values` where some are given. */
export function is<Property extends keyof Operator>(
  node: Named,
  property: Property,
  ...values: readonly NonNullable<Operator[Property]>[]
): boolean {
  const found = operatorOf(node)?.[property];
  return found !== undefined && (values.length === 0 || values.includes(found));
}

/** What a table keyed by operators has for a node; undefined for other domains and what the table lacks. */
export const entryOf = <Entry>(
  table: Partial<ByOperator<Entry>>,
  { op, domain }: Named,
): Entry | undefined => (domain === '' && Object.hasOwn(table, op) ? table[op as OperatorName] : undefined);
