import { Cite, plugins } from '@citation-js/core';
import '@citation-js/plugin-bibtex';
import '@citation-js/plugin-csl';
import type { Reference } from './csl.js';

Object.assign(plugins.config.get('@bibtex').format, { useIdAsLabel: true, checkLabel: false });

/** References as BibTeX, labelled by their keys. */
export const bibtexOf = (references: readonly Reference[]): string =>
  new Cite(references.map(withServer))
    .format('bibtex')
    .trim()
    .replaceAll(' and {others}', ' and others')
    .replaceAll('\t', '  ');

/** BibTeX has no field for a preprint's server and number: they stand as the journal. */
const withServer = (reference: Reference): Reference =>
  reference.type === 'article'
    ? {
        ...reference,
        'container-title': `${reference.publisher} preprint ${reference.number ?? ''}`.trim(),
      }
    : reference;

/** References in APA style: one text each, by authors. */
export const apaOf = (references: readonly Reference[]): string[] =>
  apaEntries(references).map(([, text]) => text);

/** Keys and texts of references in APA style, by authors. */
export const apaEntries = (references: readonly Reference[]): [key: string, text: string][] =>
  new Cite(references)
    .format('bibliography', { template: 'apa', lang: 'en-US', format: 'text', asEntryArray: true })
    .map(([key, text]) => [key, text.trim().replace(/,? & others\. \(/, ', et al. (')]);
