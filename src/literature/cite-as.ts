import type { Reference } from './csl.js';

/** The styles in which references are printed. */
export const referenceStyles = ['bibtex', 'apa'] as const;

/**
 * References as BibTeX, labelled by their keys, or in APA style, one on each line, by authors. The packages
 * that format them are loaded by the first call.
 */
export async function citeAs(
  references: readonly Reference[],
  style: (typeof referenceStyles)[number],
): Promise<string> {
  if (references.length === 0) return '';
  const { apaOf, bibtexOf } = await import('./format.js');
  return style === 'apa' ? apaOf(references).join('\n') : bibtexOf(references);
}
