import type { Paper } from '../base/paper.js';
import type { Work } from './literature.js';

/** DOI or arXiv number of a paper; neither where it is only an address. */
export function identifierOf({ id }: Paper): Pick<Work, 'doi' | 'arxiv'> {
  const [, doi = null] = /^(?:doi:)?(10\..*)$/.exec(id) ?? [];
  const [, arxiv = null] = /^arXiv:(.*)$/.exec(id) ?? [];
  return { doi, arxiv };
}

/** The work that has an identifier. */
export function workBy(
  works: readonly Work[],
  { doi, arxiv }: Pick<Work, 'doi' | 'arxiv'>,
): Work | undefined {
  const wanted = doi?.toLowerCase();
  return works.find(
    (work) =>
      (wanted !== undefined && work.doi?.toLowerCase() === wanted) ||
      (arxiv !== null && work.arxiv === arxiv),
  );
}

/**
 * The works that a method or metric rests on: the one that defines it first (its paper; without one, the
 * oldest that studies it), then all others that study it, by year.
 */
export function worksOf(
  works: readonly Work[],
  { name, paper }: { readonly name: string; readonly paper?: Paper },
  studied: 'methods' | 'metrics',
): Work[] {
  const defining = paper && workBy(works, identifierOf(paper));
  const all = works.filter((work) => work[studied].includes(name)).sort((a, b) => a.year - b.year);
  return [...new Set(defining ? [defining, ...all] : all)];
}
