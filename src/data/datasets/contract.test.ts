import { describe, expect, it } from 'vitest';
import { readOptions } from '../../base/options.js';
import { quietly } from '../../base/run.js';
import { temporaryTree } from '../../testing/tree.js';
import { datasets, findDataset, readArchive } from './catalogue.js';

describe.each(Object.values(datasets))('the data set $name', (dataset) => {
  it('says where it comes from, under what terms, and what lies where', () => {
    for (const text of [dataset.title, dataset.modality, dataset.source, dataset.licence, dataset.citation]) {
      expect(text.trim().length).toBeGreaterThan(2);
    }
    expect(dataset.name).toMatch(/^[a-z0-9-]+$/);
    expect(dataset.layout.length).toBeGreaterThan(0);
    expect(readOptions(dataset.options, {}, dataset.name)).toHaveProperty('salt');
    if (dataset.access === 'registration') expect(dataset.obtain).toMatch(/https?:\/\//);
    for (const { url, sha256 } of dataset.files ?? [])
      expect(new URL(url).protocol).toMatch(sha256 === undefined ? /^https:$/ : /^https?:$/);
  });

  it('says in one line what is missing from an empty folder', async () => {
    const root = await temporaryTree();
    const error: unknown = await readArchive(dataset.name, root, {}, quietly).catch(
      (caught: unknown) => caught,
    );
    expect(error).toMatchObject({ name: 'SightlineError', kind: 'input' });
    expect((error as Error).message).toMatch(/^[^\n]*(not found|no such folder)[^\n]*$/);
  });
});

describe('the catalogue', () => {
  it('names the nearest of an unknown data set', () => {
    expect(() => findDataset('rsna-pneumona')).toThrow(
      "unknown data set 'rsna-pneumona'; did you mean 'rsna-pneumonia'?",
    );
  });
});
