import { catalogue } from './catalogue.js';
import type { Operator } from './operator.js';

export type { Operator };

/** The ONNX names of all operators in the catalogue. */
export type OperatorName = keyof typeof catalogue;

/** A table with one entry per operator of `Op`. A missing entry does not compile. */
export type ByOperator<Entry, Op extends OperatorName = OperatorName> = { readonly [Name in Op]: Entry };

/** The operators whose catalogue entry has these properties. */
export type Having<Properties extends Operator> = {
  [Op in OperatorName]: (typeof catalogue)[Op] extends Properties ? Op : never;
}[OperatorName];

/** The operators whose outputs can depend on a floating-point input. */
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

/** The catalogue entry of a node's operator; undefined for other domains and operators not listed. */
export const operatorOf = ({ op, domain }: Named): Operator | undefined =>
  domain === '' && Object.hasOwn(known, op) ? known[op] : undefined;

/** Whether a node's operator has a property; with `values`, whether it has one of these. */
export function is<Property extends keyof Operator>(
  node: Named,
  property: Property,
  ...values: readonly NonNullable<Operator[Property]>[]
): boolean {
  const found = operatorOf(node)?.[property];
  return found !== undefined && (values.length === 0 || values.includes(found));
}

/** The entry of a node's operator in a table; undefined for other domains and missing entries. */
export const entryOf = <Entry>(
  table: Partial<ByOperator<Entry>>,
  { op, domain }: Named,
): Entry | undefined => (domain === '' && Object.hasOwn(table, op) ? table[op as OperatorName] : undefined);
