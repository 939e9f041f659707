import { expect, it } from 'vitest';
import { familiesByModality, familiesByYear, metricsByYear } from './counts.js';
import { loadLiterature, type Work } from './literature.js';

const [some] = loadLiterature().works;
const work = (fields: Partial<Work>): Work => ({ ...some!, expertAnnotation: null, metrics: [], ...fields });

const works = [
  work({ year: 1990, families: ['gradient'], modality: 'none', metrics: ['auroc'] }),
  work({ year: 2015, families: ['cam', 'gradient'], modality: 'X-ray', expertAnnotation: ['boxes'] }),
  work({ year: 2016, families: ['gradient'], modality: 'X-ray', metrics: ['auroc', 'deletion'] }),
  work({ year: 2016, families: ['data'], modality: 'X-ray' }),
];

it('counts works by family and year, the early years together', () => {
  const { rows, columns, cells } = familiesByYear(works);
  expect(rows).toEqual(['gradient', 'cam']);
  expect(columns).toEqual(['< 2014', '2014', '2015', '2016']);
  expect(cells).toEqual([
    { row: 'gradient', column: '< 2014', count: 1, compared: 0 },
    { row: 'gradient', column: '2015', count: 1, compared: 1 },
    { row: 'gradient', column: '2016', count: 1, compared: 0 },
    { row: 'cam', column: '2015', count: 1, compared: 1 },
  ]);
});

it('counts works by family and modality, the most frequent first', () => {
  const { columns, cells } = familiesByModality(works);
  expect(columns).toEqual(['X-ray', 'none']);
  expect(cells[0]).toEqual({ row: 'gradient', column: 'X-ray', count: 2, compared: 1 });
});

it('counts the works that use a metric, for metrics of several', () => {
  expect(metricsByYear(works).rows).toEqual(['auroc']);
  expect(metricsByYear(works, 1).rows).toEqual(['auroc', 'deletion']);
});
