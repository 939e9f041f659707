import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { read as archiveOf } from '../../testing/archive.js';
import { temporaryTree } from '../../testing/tree.js';
import { readCsvBoxes } from './csv.js';
import { readTable } from './table.js';

describe('CSV boxes', () => {
  const read = async (text: string, columns: string) =>
    readCsvBoxes(join(await temporaryTree({ 'b.csv': text }), 'b.csv'), columns);

  it('reads sizes under their own names, and an empty row as an image without a box', async () => {
    const { labels, images } = await read(
      '\uFEFFimage,x,y,width,height,label\na,1,2,3,4,mass\nb,,,,,\na,5,6,7,8,cyst\n',
      '',
    );
    expect(labels).toEqual(['cyst', 'mass']);
    expect(images).toEqual([
      {
        file: 'a',
        boxes: [
          { label: 'mass', x: 1, y: 2, width: 3, height: 4 },
          { label: 'cyst', x: 5, y: 6, width: 7, height: 8 },
        ],
        regions: [],
      },
      { file: 'b', boxes: [], regions: [] },
    ]);
  });

  it('reads columns of 0 and 1 that are named as findings', async () => {
    const text = 'image,age,a,b,c,d\nx,60,1,0,1.0,0\ny,50,0,0.0,0,0\nz,40,0,1,0,0\n';
    const { images } = await read(text, 'label=a|b|c|d');
    expect(images.map(({ findings }) => findings)).toEqual([['a', 'c'], undefined, ['b']]);
    const archive = await archiveOf(
      'folder',
      { 'images/x.png': '', 'images/y.png': '', 'images/z.png': '', 'b.csv': text },
      { format: 'csv', annotations: 'b.csv', columns: 'label=a|b|c|d', ids: 'files' },
    );
    expect(archive.records.map(({ findings }) => findings)).toEqual([['a', 'c'], undefined, ['b']]);
    expect(archive.findings).toEqual(['a', 'b', 'c']);
    expect(archive.problems).toEqual([]);
  });

  it.each([
    ['one of each', 'x,1,1\ny,0,0', [['a', 'b'], undefined], []],
    ['in two rows', 'x,1,1\nx,0,1\ny,0,0', [['a', 'b'], undefined], []],
    [
      'with a word for nothing',
      'x,1,1,1\ny,0,0,1',
      [['a', 'b'], undefined],
      ['its rows state a finding and that there is none; the finding counts'],
    ],
  ])('says no word of its own about columns of findings: %s', async (_what, rows, findings, told) => {
    const marks = rows.includes(',1,1,1') ? ['a', 'b', 'No finding'] : ['a', 'b'];
    const { records, problems } = await archiveOf(
      'folder',
      { 'images/x.png': '', 'images/y.png': '', 'b.csv': `image,${marks.join()}\n${rows}\n` },
      { format: 'csv', annotations: 'b.csv', columns: `label=${marks.join('|')}`, ids: 'files' },
    );
    expect(records.map((record) => record.findings)).toEqual(findings);
    expect(problems.map(({ problem }) => problem)).toEqual(told);
  });

  it('reads the boxes of rows with columns of findings as of each finding', async () => {
    const text = 'image,x,y,width,height,a,b\nx,1,2,3,4,1,1\nx,5,6,7,8,0,1\ny,,,,,0,0\n';
    const { images } = await read(text, 'label=a|b');
    const first = { x: 1, y: 2, width: 3, height: 4 };
    expect(images.map(({ boxes }) => boxes)).toEqual([
      [
        { label: 'a', ...first },
        { label: 'b', ...first },
        { label: 'b', x: 5, y: 6, width: 7, height: 8 },
      ],
      [],
    ]);
  });

  it('reads columns whose names hold commas', async () => {
    const text = 'file,"opacity, lung",cyst\na.png,1,0\nb.png,0,1\n';
    const columns = 'image=file, label=opacity, lung|cyst, box=none,';
    const { records, findings } = await archiveOf(
      'folder',
      { 'images/a.png': '', 'images/b.png': '', 'b.csv': text },
      { format: 'csv', annotations: 'b.csv', columns, ids: 'files' },
    );
    expect(findings).toEqual(['cyst', 'opacity, lung']);
    expect(records.map(({ findings: shown }) => shown)).toEqual([['opacity, lung'], ['cyst']]);
  });

  it('maps columns, reads corners, quotes and semicolons', async () => {
    const text = 'file;"x 1";y1;x2;y2\n"a;1.png";1.5;2;4;6\n';
    const { labels, images } = await read(text, 'image=file, xmin=x 1, ymin=y1, xmax=x2, ymax=y2');
    expect(labels).toEqual(['finding']);
    expect(images[0]).toMatchObject({
      file: 'a;1.png',
      boxes: [{ label: 'finding', x: 1.5, y: 2, width: 2.5, height: 4 }],
    });
  });

  it.each([
    [
      'image,x,y,wide,high\na,1,2,3,4',
      '',
      "columns 'width', 'height' are missing; its columns are image, x, y, wide, high; option columns says which is which",
    ],
    [
      'image_id,width,height,bbox\na,80,60,"[1.0, 2, 3, 4]"',
      '',
      "column 'bbox' holds the numbers of a box in one cell, of which nothing says whether they are corners",
    ],
    [
      'image,DR,AMD,MH,ODE\na,1,0,0,1\nb,1,1,0,0',
      'box=none',
      'no column is known to hold the label; its columns are image, DR, AMD, MH, ODE; option columns says which does (label=DR); of columns of 0 and 1',
    ],
    [
      'filename,pneumonia,effusion\na,1,0\nb,0,\nc,-1,1.0',
      '',
      'no column holds the label; pneumonia, effusion hold 0 and 1, as where each is a finding; its columns are filename, pneumonia, effusion; option columns says which does (label=COLUMN), or which are findings (label=pneumonia|effusion)',
    ],
    [
      'filename,age,a,b,c,d,e\nx,60,1,0,0,0,0\ny,50,0,1,0,0,1',
      '',
      /a, b, c, d, \.\.\. hold 0 and 1, .*\(label=a\|b\|c\|d\|\.\.\.\)$/,
    ],
    ['image,a,b\nx,1,0\ny,-1,0', 'label=a|b', 'row 3, column \'a\': "-1" is neither 0 nor 1'],
    ['image,a,b\nx,1,0', 'label=a|c', "column 'c' is missing; its columns are image, a, b"],
    [
      'ImageId,EncodedPixels\na,1 3 10 5\nb,-1',
      '',
      "column 'EncodedPixels' holds masks as run lengths; option runs says how they are written, such as runs=absolute",
    ],
    [
      'image,annotation\na,1 3 10 5 20 4\nb,',
      '',
      "column 'annotation' seems to hold masks as run lengths; option columns says so (runs=annotation), and option runs how they are written",
    ],
    ['image,x,y,w,h\na,1,2,3,4', 'label=what', "column 'what' is missing"],
    ['image,x,y,width,height\na,1,2,three,4', '', 'b.csv, row 2, column \'width\': "three" is no number'],
    ['image,x,y,width,height\na,1,2,,4', '', 'b.csv, row 2, column \'width\': "" is no number'],
    ['image,x,y,w,h,angle\na,1,2,3,4,30', '', "column 'angle' turns boxes, and upright ones are read"],
    ['image,level\na,2', '', "column 'label' is missing"],
    ['', '', 'is empty'],
    ['image,x,y,width,height\n"a,1,2,3,4', '', 'malformed CSV near row'],
    [
      'image,x,y,width,height\na,1,2,3,4',
      'picture=image',
      "columns got 'picture=image'; it takes key=column",
    ],
  ])('refuses %j', async (text, columns, message) => {
    await expect(read(text, columns)).rejects.toThrow(message);
  });

  it.each([
    ['filename,cell_type,xmin,xmax,ymin,ymax\na,RBC,1,4,2,6', 'label=cell_type', 'RBC'],
    ['Image Index,Finding Label,x,y,w,h\na,RBC,1,2,3,4', '', 'RBC'],
    ['file_name,class_name,x_min,y_min,x_max,y_max\na,RBC,1,2,4,6', '', 'RBC'],
    ['path;left;top;right;bottom\na;1;2;4;6', '', 'finding'],
    ['path,left,top,width,height\na,1,2,3,4', '', 'finding'],
  ])('finds the columns of %j by their usual names', async (text, columns, label) => {
    const { images } = await read(text, columns);
    expect(images[0]).toMatchObject({ file: 'a', boxes: [{ label, x: 1, y: 2, width: 3, height: 4 }] });
  });

  it.each([
    ['image,label,patient\na,"cyst\n",1\nb,normal,2', '', [['cyst'], undefined]],
    [',image,label,\n1,a,cyst,\n2,b,,', '', [['cyst'], undefined]],
    ['image,label,age,sex\na,Positive,50,F\nb,Negative,60,M', '', [['finding'], undefined]],
    ['image,label\na,present\nb,absent', '', [['finding'], undefined]],
    ['image,label,b1,b2,b3,b4\na,cyst,1,2,3,4\nb,normal,5,6,7,8', 'box=none', [['cyst'], undefined]],
    ['image_id,dx,age\na,mel,50\nb,normal,60', '', [['mel'], undefined]],
    ['Image Index,Finding Labels,Size[x,y]\na,cyst,1,2\nb,No Finding,1,2', '', [['cyst'], undefined]],
  ])('of which no column can be a box states labels of whole images: %j', async (text, columns, findings) => {
    const { images } = await read(text, columns);
    expect(images.map((image) => image.findings)).toEqual(findings);
    expect(images.flatMap(({ boxes }) => boxes)).toEqual([]);
  });

  it.each(['participant_id', 'MRN', 'Patient Index', 'pid', 'case_id'])(
    'take %s for the patient, unless another column says it',
    async (column) => {
      const table = (...names: readonly string[]) =>
        read(`image,label,${names.join()}\na,cyst,${names.map((_, i) => i + 7).join()}`, '');
      expect((await table(column)).images[0]!.patient).toBe('7');
      expect((await table(column, 'patient_id')).images[0]!.patient).toBe('8');
    },
  );

  it('say that nobody annotated images whose labels mean that it is not known', async () => {
    const words = ['tumour', 'Unknown', 'not_assessed', '?', 'normal', 'unknown origin'];
    const rows = words.map((word, i) => `${i}.png,${word}`);
    const { images, labels } = await read(`image,label\n${rows.join('\n')}`, '');
    expect(images.map(({ annotated = true }) => annotated)).toEqual([true, false, false, false, true, true]);
    expect(images.flatMap(({ faults = [] }) => faults.map(({ kind }) => kind))).toEqual(
      Array(3).fill('missing-annotation'),
    );
    expect(labels).toEqual(['tumour', 'unknown origin']);
  });

  it.each([
    ['lesion_id', 'L1,L1,L2', ['L1', 'L1', 'L2']],
    ['StudyInstanceUID', '1.2,1.3,1.3', ['1.2', '1.3', '1.3']],
    ['slide_id', 's1,s1,s1', [undefined, undefined, undefined]],
    ['video_id', '1,2,3', [undefined, undefined, undefined]],
    ['exam_id', '1,1,', [undefined, undefined, undefined]],
    ['session', 'a,a,b', [undefined, undefined, undefined]],
  ])('group images by %s where no column is the patient: %s', async (column, cells, groups) => {
    const rows = cells.split(',').map((cell, i) => `${i}.png,cyst,${cell}`);
    const { images } = await read(`image,label,${column}\n${rows.join('\n')}`, '');
    expect(images.map(({ group }) => group)).toEqual(groups);
    const told = images.flatMap(({ faults = [] }) => faults.map(({ problem }) => problem));
    expect(told.filter((one) => one.includes(`images with one '${column}'`))).toHaveLength(groups[0] ? 1 : 0);
    const named = rows.map((row, i) => `${row},p${i}`);
    const patients = await read(`image,label,${column},patient_id\n${named.join('\n')}`, '');
    expect(patients.images.map(({ group, patient }) => [group, patient])).toEqual(
      rows.map((_, i) => [undefined, `p${i}`]),
    );
  });

  it('say so where a column turns none, or holds how sure a prediction is', async () => {
    const turned = await read('image,label,x,y,w,h,angle\na,cyst,1,2,3,4,0\nb,cyst,,,,,30', '');
    expect(turned.images[0]!.faults).toBeUndefined();
    const scored = await read('image,label,x,y,w,h,score\na,cyst,1,2,3,4,0.7\nb,cyst,1,2,3,4,1', '');
    expect(scored.images.map(({ faults }) => faults?.length)).toEqual([1, undefined]);
    expect(scored.images[0]!.faults![0]!.problem).toContain("column 'score' seems to say how sure");
  });

  it.each([
    ['image,label\na,cyst\nb,normal\nc,', 'c'],
    ['image,tumour\na,1\nb,0\nc,', 'c'],
    ['image,label\na,cyst\nb,\nc,NaN', undefined],
  ])('without a label say nothing where others say that there is none: %j', async (text, file) => {
    const columns = text.includes('tumour') ? 'label=tumour' : '';
    const { images } = await read(text, columns);
    expect(images.find(({ annotated }) => annotated === false)?.file).toBe(file);
    const said = await readCsvBoxes(
      join(await temporaryTree({ 'b.csv': text }), 'b.csv'),
      columns,
      'negative',
    );
    expect(said.images.every(({ annotated, faults }) => annotated !== false && !faults)).toBe(true);
  });

  it.each([
    'image,label,bbox\na,cyst,',
    'image,label,where\na,cyst,"[5, 6, 10, 12]"',
    'image,label,runs\na,cyst,1 3 10 5',
    'image,label,where\na,cyst,"[[5,6],[15,6],[15,18]]"',
    'image,label,b1,b2,b3,b4\na,cyst,1,2,3,4',
    'image,label,b1,b2,w,h\na,cyst,1,2,3,4',
    'image,label,row,col,h,w\na,cyst,1,2,3,4',
    'image,label,Row,Column,width,height\na,cyst,1,2,3,4',
    'image,label,x\na,cyst,1',
  ])('of which columns may be boxes is asked about: %j', async (text) => {
    await expect(read(text, '')).rejects.toThrow(
      /(is|are) missing; .* or box=none where labels are of whole images/,
    );
  });

  it.each([
    'image,label\n1.png,"cyst\n2.png,\n3.png,cyst"\n4.png,',
    'image,label,x,y,width,height\na1,"cyst,1,1,5,5\nb2,,,,,\nc3,cyst",1,1,5,5\n',
    'label;image;x;y;width;height\r\n"cyst;p1;1;1;5;5\r\n;p2;;;;\r\ncyst";p3;1;1;5;5\r\n',
  ])('with whole rows between two stray quotes are refused: %j', async (text) => {
    await expect(read(text, '')).rejects.toThrow(/row 2, column 'label': its cell holds whole rows \('cyst/);
  });

  it('may have a label of several lines', async () => {
    const { images } = await read('image,label\n1.png,"ground\nglass, left\nor right"\n2.png,', '');
    expect(images.map(({ file }) => file)).toEqual(['1.png', '2.png']);
  });

  it.each(['0\nb,1\nc,2', '1.0\nb,-1\nc,', 'cyst\nb,0', '3\nb,3'])(
    'of numbers as labels of whole images are asked about: %j',
    async (cells) => {
      await expect(read(`image,label\na,${cells}`, '')).rejects.toThrow(
        /column 'label' holds numbers .*; write a word for each, and 'no finding'/,
      );
    },
  );

  it('treats names that objects have of their own as plain columns', async () => {
    const root = await temporaryTree({ 'b.csv': '__proto__,constructor\na,b\n' });
    const { rows } = await readTable(join(root, 'b.csv'), ['__proto__', 'constructor'], 'a table');
    expect(Object.entries(rows[0]!)).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
    await expect(readTable(join(root, 'b.csv'), ['toString'], 'a table')).rejects.toThrow(
      "column 'toString' is missing",
    );
  });
});
