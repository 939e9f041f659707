/** Authors (year), title, and a DOI, an arXiv id or a web address. */
export interface Paper {
  readonly authors: string;
  readonly year: number;
  readonly title: string;
  readonly id: string;
}

/**
 * Makes a paper from its citation: ``cite`Bhatt, Weller, Moura (2020). Evaluating explanations.
 * arXiv:2005.00631` ``.
 */
export function cite([citation]: TemplateStringsArray): Paper {
  const [, authors, year, title, id] = /^(.+) \((\d{4})\)\. (.+)\. (.+)$/.exec(citation!) ?? [];
  if (!authors || !title || !id) throw new Error(`no citation: ${citation}`);
  return { authors, year: Number(year), title, id };
}
