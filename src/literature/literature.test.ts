import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { methods } from '../attribution/index.js';
import type { Paper } from '../base/paper.js';
import { allDatasets } from '../benchmark/dataset.js';
import type { Dataset } from '../data/dataset.js';
import { metrics } from '../evaluation/index.js';
import { architectures } from '../model/architectures/registry.js';
import { citationsOf } from './cite.js';
import { loadLiterature, type Work } from './literature.js';
import { identifierOf, workBy, worksOf } from './works-of.js';

const literature = loadLiterature();
const { works, datasets, tools, guidelines } = literature;

type Named = { readonly name: string; readonly paper?: Paper };

/** Values that stand more than once. */
const repeated = (values: readonly (string | null)[]) =>
  values.filter((value, i) => value !== null && values.indexOf(value) < i);

/** Small letters without accents. */
const plain = (text: string) =>
  text
    .normalize('NFD')
    .toLowerCase()
    .replaceAll('ø', 'o')
    .replaceAll(/[^a-z]/g, '');

describe('the tables of the literature', () => {
  it('hold at least 150 works', () => {
    expect(works.length).toBeGreaterThanOrEqual(150);
  });

  it('name each work once, by every identifier', () => {
    expect(repeated(works.map(({ doi }) => doi?.toLowerCase() ?? null))).toEqual([]);
    expect(repeated(works.map(({ arxiv }) => arxiv))).toEqual([]);
    expect(repeated(works.map(({ title }) => title.toLowerCase()))).toEqual([]);
  });

  it('name each data set, tool and guideline once', () => {
    for (const table of [datasets, tools, guidelines])
      expect(repeated(table.map(({ address }) => address))).toEqual([]);
  });

  it('give an identifier, or an address where it was seen, for all but marked works', () => {
    const bare = works.filter(({ doi, arxiv, lookedUp }) => !doi && !arxiv && lookedUp === null);
    expect(bare.filter((work) => work.link !== null)).toEqual([]);
    expect(bare.length).toBeLessThanOrEqual(2);
  });

  it('know an arXiv number from the year of its work', () => {
    const late = works.filter(({ arxiv, year }) => arxiv && year < 2000 + Number(arxiv.slice(0, 2)));
    expect(late.map(({ key }) => key)).toEqual([]);
  });

  it('have keys of the first author, the year and a word', () => {
    const odd = works.filter(({ key, authors, year }) => {
      const [, name, named] = /^([a-z-]+)(\d{4})[a-z0-9]+$/.exec(key) ?? [];
      return Number(named) !== year || !plain(authors[0]!.split(', ')[0]!).includes(plain(name ?? '?'));
    });
    expect(odd.map(({ key }) => key)).toEqual([]);
  });

  it('tell in one sentence what a work found', () => {
    const odd = works.filter(({ result }) => !/^[A-Z0-9].*\.$/.test(result) || /[.!?] [A-Z]/.test(result));
    expect(odd.map(({ key }) => key)).toEqual([]);
  });
});

describe('what Sightline computes', () => {
  it.each([
    ['methods', Object.values<Named>(methods)],
    ['metrics', Object.values<Named>(metrics)],
  ] as const)('rests on a work: all %s', (studied, members) => {
    const untied = members.filter((member) => worksOf(works, member, studied).length === 0);
    expect(untied.map(({ name }) => name)).toEqual([]);
  });

  it('has its papers in the table', () => {
    const members = [methods, metrics, architectures].flatMap((all) => Object.values<Named>(all));
    const missing = members.flatMap(({ name, paper }) => {
      const id = paper && identifierOf(paper);
      const known = !id || (id.doi === null && id.arxiv === null) || workBy(works, id);
      return known ? [] : [`${name}: ${paper!.id}`];
    });
    expect(missing).toEqual([]);
  });

  it('agrees with the table on the first author of its papers', () => {
    const members = [methods, metrics, architectures].flatMap((all) => Object.values<Named>(all));
    const other = members.flatMap(({ name, paper }) => {
      const work = paper && workBy(works, identifierOf(paper));
      const first = (text: string) => plain(text.split(',')[0]!.split(' and ')[0]!.split(' et al')[0]!);
      return work && first(work.authors[0]!) !== first(paper.authors) ? [`${name}: ${work.key}`] : [];
    });
    expect(other).toEqual([]);
  });

  it('reads the data sets that the table says it reads', () => {
    const read = Object.values<Dataset>(allDatasets).filter(({ access }) => access !== 'own');
    const said = datasets.filter(({ sightline }) => sightline !== 'no');
    expect(said.map(({ key }) => key).sort()).toEqual(read.map(({ name }) => name).sort());
  });

  it('reads data that need registration as the table says', () => {
    const asked = Object.values<Dataset>(allDatasets).filter(({ access }) => access === 'registration');
    const said = datasets.filter(({ sightline }) => sightline === 'reads with registration');
    expect(said.map(({ key }) => key).sort()).toEqual(asked.map(({ name }) => name).sort());
  });

  it('has something to cite for each public data set', () => {
    const named = Object.values<Dataset>(allDatasets).filter(({ access }) => !/own|drawn/.test(access));
    expect(named.filter(({ name }) => citationsOf([name], literature).length !== 1)).toEqual([]);
    const papers = datasets.filter(({ sightline, doi }) => sightline !== 'no' && doi !== null);
    expect(papers.filter((entry) => !workBy(works, entry)).map(({ key }) => key)).toEqual([]);
  });
});

describe('what cites the table', () => {
  const notebooks = readdirSync('notebooks', { encoding: 'utf8' })
    .filter((name) => name.endsWith('.ipynb'))
    .map((name) => `notebooks/${name}`);

  it.each(['docs/review.md', ...notebooks])('%s cites works that it holds', (path) => {
    const cited = [...readFileSync(path, 'utf8').matchAll(/\[@([^\]]+)\]/g)].map(([, key]) => key!);
    const known = new Set(works.map(({ key }) => key));
    expect(cited.filter((key) => !known.has(key))).toEqual([]);
  });

  it('counts its works as they are', () => {
    const review = readFileSync('docs/review.md', 'utf8').replaceAll('\n', ' ');
    const about = works.filter(
      ({ families }) => !families.some((one) => one === 'data' || one === 'network'),
    );
    const medical = about.filter(({ modality }) => !['photographs', 'none', 'synthetic'].includes(modality));
    const located = medical.filter(({ expertAnnotation }) =>
      expertAnnotation?.some((kind) => kind !== 'reader study'),
    );
    expect(review).toContain(`Of the ${works.length} works in our table`);
    expect(review).toContain(`${medical.length} are about medical images and ${located.length} compare maps`);
  });
});

describe('tables of another folder', () => {
  const faulty = (works: string) => {
    const folder = mkdtempSync(join(tmpdir(), 'sightline-literature-'));
    for (const table of ['datasets', 'tools', 'guidelines'])
      writeFileSync(join(folder, `${table}.json`), '[]');
    writeFileSync(join(folder, 'works.json'), works);
    try {
      return loadLiterature(folder);
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

  it('are refused in one line that names the field', () => {
    const wrong = (fields: Partial<Work>) => () => faulty(JSON.stringify([{ ...works[0], ...fields }]));
    expect(wrong({ doi: 'doi:10.1/x' })).toThrow(
      'works.json: [0].doi: got "doi:10.1/x"; it takes a DOI such as 10.1000/182, or null',
    );
    expect(wrong({ arxiv: 'arXiv:1610.02391' })).toThrow('[0].arxiv: got "arXiv:1610.02391"');
    expect(() => faulty(JSON.stringify([works[0], works[0]]))).toThrow(`key '${works[0]!.key}' stands twice`);
    expect(() => faulty('[')).toThrow('works.json: no JSON');
    expect(() => loadLiterature('nowhere')).toThrow('nowhere/works.json: there is no such file');
  });
});
