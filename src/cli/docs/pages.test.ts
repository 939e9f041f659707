import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { methods } from '../../attribution/index.js';
import { allDatasets } from '../../benchmark/dataset.js';
import { metrics } from '../../evaluation/index.js';
import { commands } from '../index.js';
import { citation, links, plain } from './markdown.js';
import { pages } from './pages.js';

const generated = pages();

describe('pages that are written from declarations', () => {
  it.each(Object.entries(generated))('%s is up to date: npm run docs writes it', (path, text) => {
    expect(readFileSync(path, 'utf8')).toBe(text);
  });

  it.each([
    ['docs/methods.md', '###', methods],
    ['docs/metrics.md', '###', metrics],
    ['docs/datasets.md', '##', allDatasets],
    ['docs/cli.md', '##', Object.fromEntries(commands.map((command) => [command.name, command]))],
  ] as const)('%s has a section for each', (path, mark, all) => {
    const headings = generated[path]!.split('\n').filter((line) => line.startsWith(`${mark} `));
    expect(headings.map((line) => line.slice(mark.length + 1)).sort()).toEqual(Object.keys(all).sort());
  });

  it('link to papers by DOI, arXiv number or address', () => {
    const paper = { authors: 'A, B', year: 2020, title: 'T' };
    expect(citation({ ...paper, id: 'doi:10.1/x' })).toBe(
      'Paper: A, B (2020). T. [doi:10.1/x](https://doi.org/10.1/x)',
    );
    expect(citation({ ...paper, id: '10.1/x' })).toContain('(https://doi.org/10.1/x)');
    expect(citation({ ...paper, id: 'arXiv:1.2' })).toContain('(https://arxiv.org/abs/1.2)');
    expect(citation({ ...paper, id: 'github.com/a/b' })).toContain('(https://github.com/a/b)');
  });

  it('show text as it is, and give headings that look alike anchors of their own', () => {
    expect(plain('a | <b> *c* d_e _f_')).toBe('a \\| \\<b> \\*c\\* d_e \\_f\\_');
    expect([...links(['gradcam', 'gradcam++']).values()]).toEqual([
      '[gradcam](#gradcam)',
      '[gradcam++](#gradcam-1)',
    ]);
  });
});
