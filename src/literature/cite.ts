import { methods } from '../attribution/index.js';
import { unknownName } from '../base/names.js';
import type { Paper } from '../base/paper.js';
import { allDatasets } from '../benchmark/dataset.js';
import type { Dataset } from '../data/dataset.js';
import { metrics } from '../evaluation/index.js';
import { architectures } from '../model/architectures/registry.js';
import { datasetReference, type Reference, referenceOf } from './csl.js';
import type { Literature, Work } from './literature.js';
import { identifierOf, workBy, worksOf } from './works-of.js';

type Named = { readonly name: string; readonly paper?: Paper };
type Cited = (literature: Literature) => { readonly works: readonly Work[]; readonly data?: Reference };

const studied =
  (member: Named, field: 'methods' | 'metrics'): Cited =>
  ({ works }) => ({ works: worksOf(works, member, field) });

const defined =
  ({ paper }: Named): Cited =>
  ({ works }) => ({ works: [(paper && workBy(works, identifierOf(paper))) ?? []].flat() });

const described =
  ({ name, citation, access }: Dataset): Cited =>
  ({ works, datasets }) => {
    if (access === 'drawn' || access === 'own') return { works: [] };
    const entry = datasets.find(({ key }) => key === name);
    const work = entry && workBy(works, entry);
    if (work) return { works: [work] };
    return { works: [], ...(entry && { data: datasetReference(entry, citation) }) };
  };

/** What is known of every name that can be cited. A name of several registries cites from each. */
const citable: readonly (readonly [name: string, cited: Cited])[] = [
  ...Object.values<Named>(methods).map((method) => [method.name, studied(method, 'methods')] as const),
  ...Object.values<Named>(metrics).map((metric) => [metric.name, studied(metric, 'metrics')] as const),
  ...Object.values<Dataset>(allDatasets).map((dataset) => [dataset.name, described(dataset)] as const),
  ...Object.values<Named>(architectures).map((network) => [network.name, defined(network)] as const),
];

/** Whether a name is that of a method, a metric, a data set or a network. */
export const isCitable = (name: string): boolean => citable.some(([known]) => known === name);

export const unknownCitable = (name: string) =>
  unknownName(
    citable.map(([known]) => known),
    name,
    'method, metric, data set, network or run',
  );

/**
 * References for methods, metrics, data sets and networks by name, each once, by key: the paper that defines
 * each, or with `all` every work that studies it. A name without any (drawn images, one's own) adds none.
 * Throws for an unknown name.
 */
export function citationsOf(
  names: readonly string[],
  literature: Literature,
  { all = false }: { readonly all?: boolean } = {},
): Reference[] {
  const references = names.flatMap((name) => {
    const found = citable.filter(([known]) => known === name);
    if (found.length === 0) throw unknownCitable(name);
    return found.flatMap(([, cited]) => {
      const { works, data } = cited(literature);
      return [...(all ? works : works.slice(0, 1)).map(referenceOf), ...(data ? [data] : [])];
    });
  });
  const byId = new Map(references.map((reference) => [reference.id, reference]));
  return [...byId.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}
