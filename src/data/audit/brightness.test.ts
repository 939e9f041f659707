import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { quietly } from '../../base/run.js';
import { archiveOf, decode, file, look, paintPictures, record } from '../../testing/audited-pictures.js';
import type { ImageRecord } from '../record.js';
import { audit } from './index.js';

paintPictures();

interface Given {
  readonly findings: readonly string[];
  readonly level: number;
  readonly more?: Partial<ImageRecord>;
}

/** Draws noise around these mean intensities. */
async function drawn(name: string, given: readonly Given[]): Promise<readonly ImageRecord[]> {
  const random = seededRandom(name);
  return Promise.all(
    given.map(async ({ findings, level, more }, i) => {
      const id = `${name}-${i}`;
      const values = Buffer.from(Array.from({ length: 256 }, () => level + 9 * random.normal()));
      await sharp(values, { raw: { width: 16, height: 16, channels: 1 } })
        .png()
        .toFile(file(id));
      return record(id, { findings, ...more });
    }),
  );
}

/** So many images of each class, whose means lie `shift` apart and vary by 10. */
function classes(
  names: readonly (readonly string[])[],
  count: number,
  shift: number,
  more: (k: number, i: number) => Partial<ImageRecord> = () => ({}),
): readonly Given[] {
  const random = seededRandom(count + shift);
  return names.flatMap((findings, k) =>
    Array.from({ length: count }, (_, i) => ({
      findings,
      level: 90 + k * shift + 10 * random.normal(),
      more: more(k, i),
    })),
  );
}

const told = async (records: readonly ImageRecord[]) =>
  (await look([archiveOf(records)], 'shifted-intensity')).findings.map(
    ({ severity, message }) => `${severity}: ${message}`,
  );

describe('classes and the mean intensity of their images', () => {
  it.each([
    ['brighter', 80],
    ['darker', -60],
  ])('are told apart by it alone: %s', async (how, shift) => {
    const [found, ...others] = await told(await drawn(how, classes([[], ['covid']], 16, shift)));
    expect(others).toEqual([]);
    expect(found).toMatch(
      /^warning: the images of made with 'covid' \(\d+ of \d+\) can be told from the others by mean intensity alone: AUROC 1\.00 \(95 % interval 0\.87 to 1\.00\)/,
    );
    expect(found).toContain(`a shortcut, unless the finding itself makes them ${how}`);
  });

  it.each<[string, readonly (readonly string[])[], number, number]>([
    ['alike', [[], ['a']], 30, 0],
    ['moderately different, as by a lesion', [[], ['a']], 60, 9],
    ['of too few patients', [[], ['a']], 3, 80],
    ['of one kind', [['a']], 20, 0],
  ])('are not named where %s', async (name, names, count, shift) => {
    expect(await told(await drawn(name.slice(0, 9), classes(names, count, shift)))).toEqual([]);
  });

  it.each<[string, readonly (readonly string[])[], readonly string[]]>([
    ['two names', [['benign'], ['malignant']], ['benign']],
    ['a word for nothing', [['normal'], ['mass']], ['mass']],
    ['the absence of the other', [['no mass'], ['mass']], ['mass']],
    ['three, the first and last', [['a'], ['b'], ['c']], ['a', 'c']],
  ])('are named once of %s', async (name, names, wanted) => {
    const found = await told(await drawn(name.slice(0, 5), classes(names, 12, 60)));
    expect(found.map((one) => /with '(.*)' \(/.exec(one)?.[1])).toEqual(wanted);
  });

  it('that are confounded with sites are said to be', async () => {
    const pure = classes([[], ['a']], 16, 80, (k) => ({ site: `hospital ${k}` }));
    const found = await told(await drawn('pure', pure));
    expect(found.filter((one) => one.includes("with 'a'"))).toEqual([
      expect.stringContaining('Each site has images of one class alone: it may be the site that is told'),
    ]);
    const mixed = classes([[], ['a']], 16, 80, (_, i) => ({ site: `hospital ${i % 2}` }));
    expect(await told(await drawn('mixed', mixed))).toEqual([
      expect.stringMatching(/Within sites: AUROC 1\.00$/),
    ]);
  });

  it('of tiles are a note, and are those of the task where boxes show others', async () => {
    const records = await drawn(
      'tiles',
      classes([[], []], 16, 80).map(({ level }) => ({ findings: [], level })),
    );
    const named = new Map(records.map(({ id }, i) => [id, [i < 16 ? 'no cell' : 'cell']]));
    const given = { archive: archiveOf(records), classes: named, parts: { unit: 'tile', of: 4 } } as const;
    const only = ['shifted-intensity'];
    const { findings } = await audit([given], { decode, only }, quietly);
    expect(findings.map(({ severity, message }) => [severity, message])).toEqual([
      [
        'note',
        expect.stringMatching(/^the tiles of made with 'cell' \(\d+ of \d+\) can be told from the others/),
      ],
    ]);
  });
});
