import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeFolder } from '../base/files.js';
import { compareRuns } from './compare.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'compare-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

type Row = readonly [patient: string, method: string, value: number | ''];

async function run(
  name: string,
  rows: readonly Row[],
  direction = 'higher',
  contentHash?: string,
  more: object = {},
): Promise<string> {
  const dir = join(folder, name);
  await makeFolder(dir);
  const lines = rows.map(([patient, method, value], i) => `${i},${patient},${method},m,${value}`);
  await writeFile(join(dir, 'scores.csv'), ['sample,patient,method,metric,value', ...lines, ''].join('\n'));
  await writeFile(join(dir, 'summary.csv'), `metric,direction\nm,${direction}\n`);
  const manifest = { data: { contentHash }, model: { sha256: '' }, methods: [], ...more };
  if (contentHash) await writeFile(join(dir, 'manifest.json'), JSON.stringify(manifest));
  return dir;
}

/** Ten patients; `a` is best in nine, `c` is worst in all. */
const rows = Array.from({ length: 10 }, (_, i): Row[] => [
  [`p${i}`, 'a', i === 0 ? 0.4 : 0.8 + i / 100],
  [`p${i}`, 'b', 0.5 + i / 50],
  [`p${i}`, 'c', 0.1],
]).flat();

describe('a comparison of methods', () => {
  it('ranks them over patients, with intervals, tests and effects', async () => {
    const { methods, subjects, test, criticalDifference } = await compareRuns([await run('one', rows)]);
    expect(methods.map(({ method }) => method)).toEqual(['a', 'b', 'c']);
    expect(methods.map(({ rank }) => rank)).toEqual([1.1, 1.9, 3]);
    expect(methods[2]).toMatchObject({ low: 3, high: 3, effect: 1, mean: expect.closeTo(0.1, 9) });
    expect([methods[0]!.low, methods[1]!.high]).toEqual([1, 2]);
    expect(subjects).toBe(10);
    expect(test.fP).toBeLessThan(test.p);
    expect(criticalDifference).toBeCloseTo(2.343701 * Math.sqrt(12 / 60), 4);
  });

  it('repeats the cautions of a run', async () => {
    const [one, two] = [await run('learned', rows), await run('chance', rows)];
    await writeFile(join(two, 'summary.json'), JSON.stringify({ cautions: ['CAUTION: at chance.'] }));
    expect((await compareRuns([one])).cautions).toEqual([]);
    expect((await compareRuns([one, two])).cautions).toEqual(['chance: CAUTION: at chance.']);
  });

  it('gives no interval of places of fewer than four patients', async () => {
    for (const patients of [2, 3, 4]) {
      const { methods } = await compareRuns([await run(`few${patients}`, rows.slice(0, 3 * patients))]);
      expect(methods.map(({ low, high }) => Number.isNaN(low) && Number.isNaN(high))).toEqual(
        methods.map(() => patients < 4),
      );
    }
  });

  it('counts methods with the same maps once, in the order of ranks and in all tests', async () => {
    const again = rows.flatMap(([patient, method, value]): Row[] =>
      method === 'b'
        ? [
            [patient, 'b', value],
            [patient, 'd', value],
          ]
        : [[patient, method, value]],
    );
    const methods = [
      { method: 'b', sameAs: ['d'] },
      { method: 'd', sameAs: ['b'] },
    ];
    const [alone, same] = [
      await compareRuns([await run('three', rows)]),
      await compareRuns([await run('four', again, 'higher', 'x', { methods })]),
    ];
    expect(same.methods).toEqual(alone.methods);
    expect([same.test, same.criticalDifference]).toEqual([alone.test, alone.criticalDifference]);
    expect(same.notes).toEqual(['d has the same maps as b and counts as it']);
    const other = await run('other', again, 'higher', 'x', { methods: [] });
    const both = await compareRuns([await run('five', again, 'higher', 'x', { methods }), other]);
    expect(both.methods).toHaveLength(4);
    const two = await run('two', again, 'higher', 'x', { methods });
    await expect(compareRuns([two], { methods: ['b', 'd'] })).rejects.toThrow(
      /these have 1 and 10; d has the same maps as b and counts as it$/,
    );
  });

  it('tells of runs of other sets that share patients, and of other classes', async () => {
    const one = await run('lesions', rows, 'higher', 'x', { classes: ['no a', 'a'] });
    const two = await run('masses', rows, 'higher', 'y', { classes: ['no b', 'b'] });
    expect((await compareRuns([one, two])).notes).toEqual([
      expect.stringMatching(/^10 patients of masses have names that lesions, of another prepared set, has/),
      'masses explains other classes (no b, b) than lesions (no a, a)',
    ]);
    const again = await run('lesions-again', rows, 'higher', 'x', { classes: ['no a', 'a'] });
    expect((await compareRuns([one, again])).notes).toEqual([]);
  });

  it('averages the images of a patient, and pools runs', async () => {
    const twice = rows.flatMap(([patient, method, value]): Row[] => [
      [patient, method, Number(value) - 0.05],
      [patient, method, Number(value) + 0.05],
    ]);
    const [one, two] = [await run('once', rows), await run('twice', twice)];
    const [alone, pooled] = [await compareRuns([one]), await compareRuns([one, two])];
    expect((await compareRuns([two])).methods).toEqual(
      alone.methods.map((own) => ({ ...own, mean: expect.closeTo(own.mean, 9), needed: own.needed })),
    );
    expect(pooled).toMatchObject({ subjects: 20, runs: ['once', 'twice'] });
  });

  it('counts a patient of several runs on the same images once', async () => {
    const [one, same, other] = [
      await run('images', rows, 'higher', 'x'),
      await run('same-images', rows, 'higher', 'x'),
      await run('other-images', rows, 'higher', 'y'),
    ];
    const alone = await compareRuns([one]);
    const { runs: _, ...copied } = await compareRuns([one, same]);
    expect(alone).toMatchObject(copied);
    expect((await compareRuns([one, other])).subjects).toBe(20);
  });

  it.each(['x', 'y'])('ranks only methods that every run has, of images %s', async (contentHash) => {
    const named = (renamed: string) =>
      rows.map(([patient, method, value]): Row => [patient, method === 'c' ? renamed : method, value]);
    const both = [
      await run('has-c', rows, 'higher', 'x'),
      await run('has-d', named('d'), 'higher', contentHash),
    ];
    const { methods, notes } = await compareRuns(both);
    expect(methods.map(({ method }) => method)).toEqual(['a', 'b']);
    expect(notes[0]).toBe('left out, as not every run has them: c, d');
    await expect(compareRuns(both, { methods: ['a', 'c'] })).rejects.toThrow(
      'has-d: holds no score of method c by m; name methods that every run has',
    );
  });

  it('turns around where lower is better', async () => {
    const { methods } = await compareRuns([await run('lower', rows, 'lower')]);
    expect(methods.map(({ method }) => method)).toEqual(['c', 'b', 'a']);
  });

  it('leaves out and counts patients with an undefined score', async () => {
    const holed = rows.map((row, i): Row => (i === 4 ? [row[0], row[1], ''] : row));
    expect(await compareRuns([await run('holed', holed)])).toMatchObject({ subjects: 9, undefined: 1 });
  });

  it('counts an undefined score as the worst of all where that is asked', async () => {
    const holed = rows.map((row, i): Row => (i === 3 ? [row[0], row[1], ''] : row));
    const compared = await compareRuns([await run('worst', holed)], { undefinedAs: 'worst' });
    expect(compared).toMatchObject({ subjects: 10, undefined: 1, undefinedAs: 'worst' });
    const { mean, rank } = compared.methods.find(({ method }) => method === 'a')!;
    expect(mean).toBeCloseTo((0.4 + 0.1 + 8 * 0.8 + 0.44) / 10, 9);
    // Second of three where it is lowest alone, and tied with c where it is undefined.
    expect(rank).toBeCloseTo((2 + 2.5 + 8) / 10, 9);
  });

  it('tells nothing apart where all tie', async () => {
    const tied = await compareRuns([
      await run(
        'tied',
        rows.map((row): Row => [row[0], row[1], 0.5]),
      ),
    ]);
    expect(tied.test).toEqual({ chiSquare: 0, p: 1, f: 0, fP: 1, w: 0 });
    expect(tied.methods.map(({ rank, p }) => [rank, p])).toEqual([2, 2, 2].map((rank) => [rank, 1]));
  });

  it('refuses a run that is given twice', async () => {
    const one = await run('twice', rows);
    await expect(compareRuns([one, `${one}/`])).rejects.toThrow('is given twice; a run counts once');
  });

  it('refuses what it cannot compare', async () => {
    const dir = await run('few', rows.slice(0, 3));
    await expect(compareRuns([dir])).rejects.toThrow(/two patients with defined scores; these have 3 and 1$/);
    const whole = await run('whole', rows);
    await expect(compareRuns([whole], { metric: 'n' })).rejects.toThrow(/unknown metric of these runs 'n'/);
    await expect(compareRuns([whole], { methods: ['a', 'z'] })).rejects.toThrow(/'z'/);
    const blank = await run(
      'blank',
      rows.map((row): Row => [row[0], row[1], '']),
    );
    await expect(compareRuns([blank], { undefinedAs: 'worst' })).rejects.toThrow(
      /these have 3 and 0; \d+ of \d+ patients have an undefined score of a method$/,
    );
    await expect(compareRuns([await run('none', rows, 'none')])).rejects.toThrow(/no better and worse/);
    await expect(compareRuns([join(folder, 'missing')])).rejects.toThrow(/missing/);
  });
});
