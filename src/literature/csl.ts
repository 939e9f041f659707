import type { DatasetEntry, Work } from './literature.js';

interface Name {
  readonly family: string;
  readonly given?: string;
}

/** A reference in the form of CSL-JSON, which Zotero and pandoc read too. */
export interface Reference {
  /** The work's key. */
  readonly id: string;
  /** The CSL type; `article` is a preprint. */
  readonly type: 'article' | 'article-journal' | 'paper-conference' | 'software' | 'dataset';
  /** The title. */
  readonly title: string;
  /** The authors; `others` as a last family name stands for those that are not listed. */
  readonly author?: readonly Name[];
  /** The year, as `{ 'date-parts': [[2017]] }`. */
  readonly issued?: { readonly 'date-parts': readonly [readonly [number]] };
  /** The journal or the conference. */
  readonly 'container-title'?: string;
  /** The preprint server. */
  readonly publisher?: string;
  /** The preprint's number, such as `arXiv:1610.02391`. */
  readonly number?: string;
  /** The DOI. */
  readonly DOI?: string;
  /** An address, where there is no DOI. */
  readonly URL?: string;
  /** What the publishers of data want to be cited. */
  readonly note?: string;
}

const PREPRINT = /^(arXiv|medRxiv)\b/;
const CONFERENCE =
  /workshop|proceedings|symposium|^(AAAI|ACL|ACM CHIL|BMVC|CVPR|ECCV|EMNLP|FUZZ-IEEE|ICCS|ICCV|ICLR|ICML|IEEE (CBMS|MLSP)|IJCAI|IJCNN|KDD|MICCAI|MIDL|NAACL|NeurIPS|WACV|xAI|CD-MAKE)\b/i;

function kindOf(venue: string): Reference['type'] {
  if (venue === 'software') return 'software';
  if (PREPRINT.test(venue)) return 'article';
  return CONFERENCE.test(venue) ? 'paper-conference' : 'article-journal';
}

/** "Family, Given", or one name. */
function nameOf(author: string): Name {
  const [family, ...given] = author.split(', ');
  return given.length === 0 ? { family: family! } : { family: family!, given: given.join(', ') };
}

/** A work as a reference: by its DOI, else by its arXiv number, else by an address. */
export function referenceOf(work: Work): Reference {
  const { key, doi, arxiv, lookedUp, title, authors, year, venue, link } = work;
  const type = kindOf(venue);
  const page = lookedUp?.startsWith('http') ? lookedUp : undefined;
  const where = doi ? { DOI: doi } : { URL: arxiv ? `https://arxiv.org/abs/${arxiv}` : (link ?? page) };
  return {
    ...{ id: key, type, title, author: authors.map(nameOf), issued: { 'date-parts': [[year]] } },
    ...(type === 'article'
      ? { publisher: PREPRINT.exec(venue)![1]!, ...(arxiv && !doi && { number: `arXiv:${arxiv}` }) }
      : type === 'software'
        ? {}
        : { 'container-title': venue }),
    ...where,
  };
}

/** A data set without a paper as a reference; `citation` is what its publishers ask for. */
export function datasetReference(entry: DatasetEntry, citation: string): Reference {
  const { key, name, doi, address } = entry;
  const where = doi ? { DOI: doi } : address ? { URL: address } : {};
  return { id: key, type: 'dataset', title: name, ...where, note: citation };
}
