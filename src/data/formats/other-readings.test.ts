import { describe, expect, it } from 'vitest';
import { brief, jpeg, read, record } from '../../testing/archive.js';
import { temporaryTree } from '../../testing/tree.js';
import { parseVoc } from './voc.js';
import { parseYolo, readNames } from './yolo.js';

const pictures = async (...names: readonly string[]) =>
  Object.fromEntries(
    await Promise.all(names.map(async (name) => [`images/${name}.jpg`, await jpeg(100, 50)] as const)),
  );
const size = { width: 100, height: 50 };

describe('class names of YOLO', () => {
  it.each([
    ['# made by hand\ndisc\n#cup\ncyst\n', ['disc', 'cyst']],
    ['disc  # the optic one\ncyst # fluid\n', ['disc', 'cyst']],
    ['0 disc\n1 cyst\n', ['disc', 'cyst']],
    ['1: disc\n2: cyst\n', ['disc', 'cyst']],
    ['3 chambers\n4 chambers\n', ['3 chambers', '4 chambers']],
    ['#1\nC#\n', ['#1', 'C#']],
    ['"disc",\n"cyst",\n', ['disc', 'cyst']],
    ['"disc"\ncyst\n', ['"disc"', 'cyst']],
    ['names: [disc, cyst]\n', ['disc', 'cyst']],
  ])('are read without comments and numbers: %j', async (text, names) => {
    const root = await temporaryTree({ 'classes.txt': text });
    expect(await readNames(`${root}/classes.txt`)).toEqual(names);
  });

  it('in brackets are refused', async () => {
    const root = await temporaryTree({ 'classes.txt': '["disc", "cyst"]' });
    await expect(readNames(`${root}/classes.txt`)).rejects.toThrow('is a list in brackets');
  });
});

describe('boxes of YOLO', () => {
  const yolo = async (line: string, options = {}) =>
    read(
      'folder',
      { ...(await pictures('a', 'b')), 'l/a.txt': line, 'l/b.txt': '', 'classes.txt': 'cyst' },
      { format: 'yolo', annotations: 'l', ids: 'files', ...options },
    );

  it('are read in the form that is stated', async () => {
    const box = [{ label: 'cyst', x: 10, y: 10, width: 30, height: 20 }];
    const lines = {
      centre: '0 0.25 0.4 0.3 0.4',
      'left-top': '0 0.1 0.2 0.3 0.4',
      corners: '0 0.1 0.2 0.4 0.6',
    };
    for (const [boxes, line] of Object.entries(lines))
      expect(record(await yolo(line, { boxes }), 'a').boxes).toEqual([
        Object.fromEntries(
          Object.entries(box[0]!).map(([k, v]) => [k, typeof v === 'number' ? expect.closeTo(v) : v]),
        ),
      ]);
  });

  it('that fit in another form too are told, until it is stated', async () => {
    const archive = await yolo('0 0.25 0.4 0.3 0.4');
    expect(archive.problems.map(({ problem }) => problem)).toEqual([
      expect.stringContaining('also fit as left top width height; they are read as centre-x'),
    ]);
    expect((await yolo('0 0.25 0.4 0.3 0.4', { boxes: 'centre' })).problems).toEqual([]);
    expect((await yolo('0 0.8 0.7 0.3 0.4')).problems).toEqual([]);
  });

  it('with a confidence are told, and a class that is no number is named', () => {
    const { faults } = parseYolo('0 .5 .5 .1 .1 0.03\n0 .2 .2 .1 .1 0.9', 'a.txt', ['cyst'], size);
    expect(faults).toHaveLength(1);
    expect(faults![0]!.problem).toContain('the confidence of a prediction');
    expect(() => parseYolo('cyst .5 .5 .1 .1', 'a.txt', ['cyst'], size)).toThrow(
      "class 'cyst'; the names are",
    );
  });
});

describe('outlines of VOC objects', () => {
  const object = (inner: string) =>
    parseVoc(
      `<annotation><filename>a</filename><object><name>cyst</name>${inner}</object></annotation>`,
      'a',
      'corners',
    );

  it.each([
    '<polygon><x1>1</x1><y1>2</y1><x2>9</x2><y2>2</y2><x3>9</x3><y3>6</y3><x4>1</x4><y4>6</y4></polygon>',
    '<polygon><pt><x>1</x><y>2</y></pt><pt><x>9</x><y>2</y></pt><pt><x>9</x><y>6</y></pt><pt><x>1</x><y>6</y></pt></polygon>',
    '<robndbox><cx>5</cx><cy>4</cy><w>8</w><h>4</h><angle>0</angle></robndbox>',
  ])('are read: %.20s', (inner) => {
    const { boxes, regions } = object(inner);
    expect(boxes).toEqual([{ label: 'cyst', x: 1, y: 2, width: 8, height: 4 }]);
    expect(regions).toMatchObject([
      {
        kind: 'polygon',
        points: [
          [1, 2],
          [9, 2],
          [9, 6],
          [1, 6],
        ],
      },
    ]);
  });

  it('turned by a right angle exchange width and height', () => {
    const { boxes } = object(
      `<robndbox><cx>5</cx><cy>4</cy><w>8</w><h>4</h><angle>${Math.PI / 2}</angle></robndbox>`,
    );
    expect(boxes[0]).toMatchObject({ x: expect.closeTo(3), y: expect.closeTo(0), width: expect.closeTo(4) });
  });
});

describe('boxes of COCO', () => {
  const coco = async (annotations: readonly object[]) =>
    read(
      'folder',
      {
        ...(await pictures('a')),
        'a.json': JSON.stringify({
          images: [{ id: 1, file_name: 'a.jpg', ...size }],
          categories: [{ id: 1, name: 'cyst' }],
          annotations: annotations.map((one) => ({ image_id: 1, category_id: 1, ...one })),
        }),
      },
      { annotations: 'a.json', ids: 'files' },
    );

  it.each([
    [[85, 30, 20, 30], '\\[centre x, centre y, width, height\\]'],
    [[10, 60, 20, 30], '\\[y, x, height, width\\]'],
  ])('%j are refused as another form', async (bbox, form) => {
    await expect(coco([{ bbox }])).rejects.toThrow(new RegExp(`all fit as ${form}`));
  });

  it('of which a few stand out are told where all fit in another form', async () => {
    const at = (x: number, y: number) => ({ bbox: [x, y, 20, 10] });
    const inside = [at(20, 10), at(30, 20), at(40, 30), at(50, 40), at(60, 30)];
    const told = (await coco([...inside, at(82, 20)])).problems.map(({ problem }) => problem);
    expect(told[0]).toContain('also fit as [centre x, centre y, width, height]; they are read as [x, y,');
    expect((await coco(inside)).problems).toEqual([]);
  });

  it('far from the segmentation of their annotation are told', async () => {
    const square = (x: number, y: number) => [[x, y, x + 9, y, x + 9, y + 9, x, y + 9]];
    const runs = (x: number) => ({ size: [50, 100], counts: [50 * x, 50 * 9, 50 * (100 - x - 9)] });
    const at = (bbox: readonly number[], segmentation: unknown) => ({ bbox, segmentation });
    expect(brief(await coco([at([5, 5, 9, 9], square(5, 5)), at([20, 0, 9, 50], runs(20))]))).toEqual([]);
    const turned = at([5, 5, 9, 21], square(5, 5));
    for (const apart of [at([5, 5, 9, 9], square(60, 5)), at([5, 0, 9, 50], runs(60)), turned])
      expect((await coco([apart])).problems[0]?.problem).toContain('mark different places');
  });
});

describe('tables', () => {
  const csv = async (rows: string, options = {}) =>
    read(
      'folder',
      { ...(await pictures('a', 'b', 'c')), 'b.csv': rows },
      { format: 'csv', annotations: 'b.csv', ids: 'files', ...options },
    );
  const sizes = 'image,label,x,y,width,height\n';

  it('have decimal commas where another mark parts their cells', async () => {
    const archive = await csv('image;label;x;y;width;height\na;cyst;10,5;5,0;30;20\nb;;;;;\nc;;;;;');
    expect(record(archive, 'a').boxes).toEqual([{ label: 'cyst', x: 10.5, y: 5, width: 30, height: 20 }]);
    await expect(csv(`${sizes}a,cyst,"10,5",5,30,20`)).rejects.toThrow('"10,5" is no number');
  });

  it.each(['Kein Befund', 'Normale', 'sin hallazgos', 'WNL', '#N/A'])('%s means no finding', async (word) => {
    const archive = await csv(`${sizes}a,cyst,10,5,30,20\nb,${word},,,,\nc,,,,,`);
    expect(archive.findings).toEqual(['cyst']);
    expect(archive.problems).toEqual([]);
  });

  it('tell of a label that never has a box', async () => {
    const archive = await csv(`${sizes}a,cyst,10,5,30,20\nb,in Ordnung,,,,\nc,,,,,`);
    expect(archive.problems.map(({ image, problem }) => [image, problem])).toEqual([
      ['b', expect.stringContaining("its label 'in Ordnung' never has a box")],
    ]);
  });

  it('that name several images each are refused by that', async () => {
    const files = { 'images/a.png': '', 'images/a.jpg': '', 'b.csv': 'image,label\na,cyst\n' };
    await expect(read('folder', files, { format: 'csv', annotations: 'b.csv' })).rejects.toThrow(
      /it names 1 image, such as a, which may be a\.jpg or a\.png/,
    );
  });

  it('that name no image of the folder are refused', async () => {
    await expect(csv(`${sizes}0007,cyst,10,5,30,20`, { unlabelled: 'negative' })).rejects.toThrow(
      /b\.csv: it names 1 image, such as 0007, and none is among the 3 of /,
    );
  });

  it('of boxes on smaller copies are refused from five boxes on', async () => {
    const few = (n: number) =>
      Array.from({ length: n }, (_, i) => `${'abc'[i % 3]},cyst,${5 + i},${3 + i},9,6`).join('\n');
    await expect(csv(`${sizes}${few(5)}`)).rejects.toThrow(/upper left part, .* smaller copies/);
  });

  it.each([2, 3, 4])(
    'tell of %i boxes that lie as on smaller copies, unless their size is said',
    async (n) => {
      const boxes = Array.from({ length: n }, (_, i) => `a,cyst,${2 + i},${1 + i},4,3`).join('\n');
      const told = async (rows: string, options = {}) =>
        (await csv(`${sizes}${rows}\nb,,,,,\nc,,,,,`, options)).problems;
      expect((await told(boxes)).map(({ kind, problem }) => [kind, problem])).toEqual([
        [
          'inconsistent',
          expect.stringMatching(
            /upper left part, .* smaller copies do; they are read as pixels .*option size/,
          ),
        ],
      ]);
      expect(await told(boxes, { size: 'own' })).toEqual([]);
      const apart = boxes.replace(/^a,cyst,2,1/, 'a,cyst,70,30');
      expect(await told(apart)).toEqual([]);
    },
  );
});

describe('confidences of predictions', () => {
  const parse = (line: string) => parseYolo(line, 'a.txt', ['cyst'], size);

  it('are read where they come last, which is told', () => {
    const { boxes, faults } = parse('0 0.5 0.5 0.2 0.4 0.03');
    expect(boxes).toEqual([{ label: 'cyst', x: 40, y: 15, width: 20, height: 20 }]);
    expect(faults![0]!.problem).toContain('a sixth number, the last, read as the confidence');
  });

  it.each(['0 0.9 0.5 0.5 0.3 0.4', '0 0.97 0.2 0.3 0.1 0.1', '0 0.1 0.5 0.5 0.9 0.4'])(
    'are refused where they come first, as in %j',
    (line) => {
      expect(() => parse(line)).toThrow('a.txt, line 1');
      expect(() => parse(line)).toThrow('write the confidence last, or leave it out');
    },
  );
});

describe('centres in a table', () => {
  it.each([
    ['x_center,y_center,width,height', '25,20,30,20'],
    ['cx,cy,w,h', '25,20,30,20'],
    ['X Centre,Y Centre,Width,Height', '25,20,30,20'],
    ['center_x,center_y,w,h', '25,20,30,20'],
  ])('are read as such: %s', async (columns, cells) => {
    const found = await read(
      'folder',
      { ...(await pictures('a')), 'b.csv': `image,label,${columns}\na.jpg,cyst,${cells}\n` },
      { format: 'csv', annotations: 'b.csv', ids: 'files' },
    );
    expect(record(found, 'a').boxes).toEqual([{ label: 'cyst', x: 10, y: 10, width: 30, height: 20 }]);
  });
});

describe('places that cover nearly the whole picture', () => {
  const csv = async (box: string) =>
    (
      await read(
        'folder',
        { ...(await pictures('a')), 'b.csv': `image,label,x,y,width,height\na.jpg,cyst,${box}\n` },
        { format: 'csv', annotations: 'b.csv', ids: 'files' },
      )
    ).problems.map(({ problem }) => problem);

  it.each([
    ['0,0,100,50', 100],
    ['1,1,98,48', 94],
    ['-2,-1,103,52', 100],
  ])('are told: %s', async (box, share) => {
    expect(await csv(box)).toContain(
      `a place of 'cyst' covers ${share} % of the picture: it says nothing about where the finding is`,
    );
  });

  it('are not told where they leave a part out', async () => {
    expect(await csv('0,0,90,45')).toEqual([]);
  });
});

describe('a box of a table without a label', () => {
  const csv = (...rows: readonly string[]) =>
    pictures('a', 'b').then((made) =>
      read(
        'folder',
        { ...made, 'b.csv': ['image,label,x,y,width,height', ...rows, ''].join('\n') },
        { format: 'csv', annotations: 'b.csv', ids: 'files' },
      ),
    );

  it.each(['', '  ', 'NA', '""'])('leaves its image out where others have one: %j', async (label) => {
    const found = await csv('a.jpg,cyst,1,1,9,9', `b.jpg,${label},5,6,9,9`);
    expect(found.findings).toEqual(['cyst']);
    expect(found.records.map(({ id }) => id)).toEqual(['a']);
    expect(found.problems[0]!.problem).toBe('its box at 5, 6 has no label, as others have');
  });

  it.each(['none,0,0,0,0', ',-1,-1,-1,-1', 'NA,0,0,0,0'])(
    'and without an area says that nothing is found: %s',
    async (cells) => {
      const found = await csv('a.jpg,cyst,1,1,9,9', `b.jpg,${cells}`);
      expect(found.records.map(({ id, boxes }) => [id, boxes.length])).toEqual([
        ['a', 1],
        ['b', 0],
      ]);
      expect(found.problems).toEqual([]);
    },
  );

  it('is a finding where none has a label', async () => {
    const found = await csv('a.jpg,,1,1,9,9', 'b.jpg,,5,6,9,9');
    expect(found.records.map(({ boxes }) => boxes[0]!.label)).toEqual(['finding', 'finding']);
  });
});
