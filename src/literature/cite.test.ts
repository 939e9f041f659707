import { describe, expect, it } from 'vitest';
import { citationsOf } from './cite.js';
import { citeAs } from './cite-as.js';
import { referenceOf } from './csl.js';
import { loadLiterature, type Work } from './literature.js';

const literature = loadLiterature();
const keys = (names: readonly string[], all = false) =>
  citationsOf(names, literature, { all }).map(({ id }) => id);

const work = (fields: Partial<Work>): Work => ({ ...literature.works[0]!, ...fields });

describe('the references of a name', () => {
  it('are the paper that defines a method, metric, data set or network', () => {
    expect(keys(['gradcam'])).toEqual(['selvaraju2017gradcam']);
    expect(keys(['pointing-game'])).toEqual(['zhang2018excitation']);
    expect(keys(['chexlocalize'])).toEqual(['saporta2022benchmarking']);
    expect(keys(['resnet18'])).toEqual(['he2016resnet']);
  });

  it('are the oldest work that studies it where no paper is declared', () => {
    expect(keys(['iou-quantile'])).toEqual(['bau2017dissection']);
  });

  it('come once each, in the order of their keys', () => {
    expect(keys(['insertion', 'rise', 'deletion', 'gradcam'])).toEqual([
      'petsiuk2018rise',
      'selvaraju2017gradcam',
    ]);
  });

  it('with all, are all works that study it', () => {
    const studying = literature.works.filter(({ methods }) => methods.includes('lrp'));
    expect(keys(['lrp'], true)).toEqual(studying.map(({ key }) => key).sort());
  });

  it('are what the publishers ask for where data have no paper', () => {
    const [bccd] = citationsOf(['bccd'], literature);
    expect(bccd).toMatchObject({ type: 'dataset', URL: 'https://github.com/Shenggan/BCCD_Dataset' });
    expect(bccd!.note).toContain('BCCD Dataset, 2017');
    expect(keys(['phantom', 'folder', 'mlp'])).toEqual([]);
  });

  it('are refused for a name that is none, with the nearest', () => {
    expect(() => keys(['gradcm'])).toThrow("'gradcm'; did you mean 'gradcam'?");
  });
});

describe('a printed reference', () => {
  const journal = referenceOf(
    work({
      ...{ key: 'a2020b', authors: ['Hägele, Miriam', 'van der Maaten, L.', 'others'], title: 'A & B' },
      ...{ doi: '10.1/x', arxiv: '2001.00001', year: 2020, venue: 'Scientific Reports' },
    }),
  );

  it('is BibTeX that LaTeX reads, with unlisted authors as others', async () => {
    const text = await citeAs([journal], 'bibtex');
    expect(text).toContain('@article{a2020b,');
    expect(text).toContain('author = {H{\\" a}gele, Miriam and van der Maaten, L. and others}');
    expect(text).toContain('title = {A \\& {B}}');
    expect(text).toContain('doi = {10.1/x}');
    expect(text).not.toContain('arxiv.org');
  });

  it('is APA with unlisted authors as et al.', async () => {
    expect(await citeAs([journal], 'apa')).toBe(
      'Hägele, M., van der Maaten, L., et al. (2020). A & B. Scientific Reports. https://doi.org/10.1/x',
    );
  });

  it('of a preprint has its server and number', async () => {
    const fields = { doi: null, arxiv: '1706.03825', venue: 'arXiv', authors: ['Smilkov, Daniel'] };
    const preprint = referenceOf(work({ ...fields, key: 's2017s', title: 'Smooth', year: 2017 }));
    expect(await citeAs([preprint], 'bibtex')).toContain('journal = {arXiv preprint arXiv:1706.03825}');
    expect(await citeAs([preprint], 'apa')).toBe(
      'Smilkov, D. (2017). Smooth (arXiv:1706.03825). arXiv. https://arxiv.org/abs/1706.03825',
    );
  });

  it('of a conference paper is in its proceedings', async () => {
    expect(await citeAs(citationsOf(['gradcam'], literature), 'bibtex')).toMatch(
      /^@inproceedings\{selvaraju2017gradcam,[^@]*booktitle = \{ICCV\}/,
    );
  });
});
