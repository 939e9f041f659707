import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../base/random.js';
import { read } from '../../testing/archive.js';

const SIDE = 24;
type Kind = 'picture' | 'mask' | 'soft' | 'labels' | 'blank' | 'dark' | 'jpeg' | 'jpeg-mask';
const contents = {} as Record<Kind, Buffer>;

beforeAll(async () => {
  const random = seededRandom('class-masks');
  const disc = (x: number, y: number) => Math.hypot(x - 11.5, y - 11.5);
  const draw = (value: (x: number, y: number) => number) => {
    const pixels = Buffer.from(
      Array.from({ length: SIDE * SIDE }, (_, i) => value(i % SIDE, Math.floor(i / SIDE))),
    );
    return sharp(pixels, { raw: { width: SIDE, height: SIDE, channels: 1 } });
  };
  const noise = () => Math.round(255 * random.uniform());
  contents.picture = await draw(noise).png().toBuffer();
  contents.jpeg = await draw(noise).jpeg().toBuffer();
  contents.dark = await draw((x, y) => (disc(x, y) < 5 ? noise() : 0))
    .png()
    .toBuffer();
  contents.mask = await draw((x, y) => (disc(x, y) < 6 ? 255 : 0))
    .png()
    .toBuffer();
  contents.soft = await draw((x, y) => (disc(x, y) < 6 ? 255 : disc(x, y) < 6.1 ? noise() : 0))
    .png()
    .toBuffer();
  contents.labels = await draw((x, y) => (disc(x, y) < 3 ? 2 : disc(x, y) < 6 ? 1 : 0))
    .png()
    .toBuffer();
  contents.blank = await draw(() => 0)
    .png()
    .toBuffer();
  contents['jpeg-mask'] = await draw((x) => (x < 8 ? 255 : 0))
    .jpeg({ quality: 95 })
    .toBuffer();
});

/** What is read of files whose paths end in what they show, such as `a/b.png=mask`; by default pictures. */
async function found(given: readonly string[]) {
  const files = given.map((one) => one.split('=') as [string, Kind?]);
  const archive = await read(
    'folder',
    Object.fromEntries(files.map(([path, kind = 'picture']) => [path, contents[kind]])),
    { format: 'class-folders', images: '.', ids: 'files' },
  );
  const classes: Record<string, number> = {};
  for (const { findings = ['none'] } of archive.records)
    for (const finding of findings) classes[finding] = (classes[finding] ?? 0) + 1;
  const told = archive.problems.map(({ kind, image, problem }) => [kind, image, problem] as const);
  return { classes, told, leftOut: archive.leftOut };
}

const numbered = (folder: string, kind: Kind = 'picture') =>
  ['00', '01', '02', '03'].map((name) => `${folder}/${name}.png=${kind}`);

describe('class folders named as those of masks', () => {
  it.each(['Seg', 'mask', 'Label', 'gt', 'segmented', 'annotation'])(
    'are classes where they hold pictures: %s',
    async (name) => {
      const all = ['Band', name, 'Lymphocyte'];
      const { classes, told } = await found(all.flatMap((one) => numbered(one)));
      expect(classes).toEqual(Object.fromEntries(all.map((one) => [one, 4])));
      expect(told).toEqual([]);
    },
  );

  it.each<[string, string[], Record<string, number>]>([
    [
      'below splits',
      ['train', 'test'].flatMap((split) => ['Band', 'Seg'].flatMap((one) => numbered(`${split}/${one}`))),
      { Band: 8, Seg: 8 },
    ],
    [
      'below a folder of all',
      ['Band', 'Seg'].flatMap((one) => numbered(`cells/${one}`)),
      { Band: 4, Seg: 4 },
    ],
    [
      'of names that repeat theirs',
      [...numbered('Band'), 'Seg/Seg_00.png', 'Seg/Seg_01.png'],
      { Band: 4, Seg: 2 },
    ],
    ['of pictures on black', [...numbered('Band', 'dark'), ...numbered('Seg', 'dark')], { Band: 4, Seg: 4 }],
    [
      'of which one is blank',
      [...numbered('Band'), ...numbered('Seg'), 'Seg/00.png=blank'],
      { Band: 4, Seg: 4 },
    ],
    ['of lossy files', [...numbered('Band', 'jpeg'), ...numbered('Seg', 'jpeg')], { Band: 4, Seg: 4 }],
  ])('are classes %s', async (_name, paths, wanted) => {
    const { classes, told } = await found(paths);
    expect(classes).toEqual(wanted);
    expect(told).toEqual([]);
  });

  it.each<Kind>(['mask', 'soft', 'labels', 'jpeg-mask'])(
    'are masks where their files have names of images and show few values: %s',
    async (kind) => {
      const masks = [...numbered('mask', kind), 'mask/03.png=blank'];
      const { classes, told } = await found([...numbered('cyst'), 'normal/n.png', ...masks]);
      expect(classes).toEqual({ cyst: 4, none: 1 });
      expect(told).toEqual([
        [
          'unused-masks',
          'mask-00',
          expect.stringMatching(/^it and 3 other files are masks .* few values; folder mask is no class: /),
        ],
      ]);
    },
  );

  it('are classes where their masks have names of their own', async () => {
    const { classes } = await found([...numbered('cyst'), 'mask/m1.png=mask', 'mask/m2.png=mask']);
    expect(classes).toEqual({ cyst: 4, mask: 2 });
  });
});

describe('masks among class folders', () => {
  it.each<[string, string[], string, number]>([
    ['named so', ['b (1).png', 'b (1)_mask.png', 'b (1)_mask_1.png'], 'benign-b (1)_mask', 1],
    ['in a folder below the class', ['a.png', 'masks/a.png'], 'benign-masks-a', 0],
    ['beside a folder of images', ['images/a.png', 'gt/a.png'], 'benign-gt-a', 0],
    ['named and in a folder', ['images/a.png', 'seg/a_seg.png'], 'benign-seg-a_seg', 0],
  ])('are left out and counted: %s', async (_name, files, example, others) => {
    const { classes, told, leftOut } = await found([
      ...files.map((file) => `benign/${file}`),
      'normal/n.png',
    ]);
    expect(classes).toEqual({ benign: 1, none: 1 });
    const count =
      others === 0 ? 'it is a mask of another image' : 'it and 1 other file are masks of other images';
    expect(told).toEqual([
      [
        'unused-masks',
        example,
        expect.stringMatching(new RegExp(`^${count}, by their names and folders: .* not used`)),
      ],
    ]);
    expect(leftOut!.map(({ id }) => id)).toEqual([example]);
  });

  it('are left out in each split, where images of several have one name', async () => {
    const files = ['train', 'test'].flatMap((split) => [
      `${split}/benign/1.png`,
      `${split}/benign/1_mask.png`,
      `${split}/normal/2.png`,
    ]);
    expect((await found(files)).classes).toEqual({ benign: 2, none: 2 });
  });

  it('are left out in a tree beside that of the images', async () => {
    const files = ['cyst/a', 'normal/b'].flatMap((path) => [`images/${path}.png`, `masks/${path}.png`]);
    expect((await found(files)).classes).toEqual({ cyst: 1, none: 1 });
  });
});
