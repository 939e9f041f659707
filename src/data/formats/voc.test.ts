import { describe, expect, it } from 'vitest';
import { brief, jpeg, read, record } from '../../testing/archive.js';
import { parseVoc } from './voc.js';

const object = (ends: readonly number[], name = 'cell') =>
  `<object><name>${name}</name><bndbox><xmin>${ends[0]}</xmin><ymin>${ends[1]}</ymin><xmax>${ends[2]}</xmax><ymax>${ends[3]}</ymax></bndbox></object>`;
const file = (...objects: string[]) =>
  `<?xml version="1.0"?><annotation><filename>a.jpg</filename><size><width>640</width><height>480</height></size>${objects.join('')}</annotation>`;

describe('Pascal VOC', () => {
  it('counts pixels from 1 with both ends within the box', () => {
    const read = parseVoc(file(object([1, 1, 640, 480]), object([10, 20, 12, 20])), 'a.xml', 'inclusive');
    expect(read).toMatchObject({ file: 'a.jpg', width: 640, height: 480 });
    expect(read.boxes).toEqual([
      { label: 'cell', x: 0, y: 0, width: 640, height: 480 },
      { label: 'cell', x: 9, y: 19, width: 3, height: 1 },
    ]);
  });

  it('tells of a corner at 0 where pixels are counted from 1', () => {
    const told = (corners: 'inclusive' | 'corners') =>
      parseVoc(file(object([0, 2, 4, 4]), object([3, 0, 4, 4])), 'a.xml', corners).faults;
    expect(told('inclusive')).toMatchObject([{ problem: expect.stringContaining('a box begins at 0') }]);
    expect(told('corners')).toEqual([]);
  });

  it('reads what labelImg writes as positions, its 1 at an edge as 0', () => {
    const read = parseVoc(file(object([1, 1, 640, 480]), object([10, 20, 12, 22])), 'a.xml', 'corners');
    expect(read.boxes).toEqual([
      { label: 'cell', x: 0, y: 0, width: 640, height: 480 },
      { label: 'cell', x: 10, y: 20, width: 2, height: 2 },
    ]);
  });

  it('reads references to characters in names', () => {
    const names = ['a &amp; b', 'l&#233;sion', 'l&#xE9;sion', '&#9999999;'];
    const read = parseVoc(file(...names.map((name) => object([1, 1, 5, 5], name))), 'a.xml', 'inclusive');
    expect(read.boxes.map(({ label }) => label)).toEqual([
      'a & b',
      'l\u00e9sion',
      'l\u00e9sion',
      '&#9999999;',
    ]);
  });

  it('reads elements with the prefix of a namespace', () => {
    const plain = file(object([1, 1, 5, 5]));
    const prefixed = plain.replaceAll(/<(\/?)(?=[a-z])/g, '<$1v:');
    expect(parseVoc(prefixed, 'a.xml', 'corners')).toEqual(parseVoc(plain, 'a.xml', 'corners'));
  });

  it('is of the image with its name, and told where it states another one', async () => {
    const said = (filename: string) => file(object([1, 1, 5, 5])).replace('a.jpg', filename);
    const picture = await jpeg(640, 480);
    const made = (filename: string) =>
      read(
        'folder',
        { 'images/a.jpg': picture, 'images/b.jpg': picture, 'ann/a.xml': said(filename) },
        { format: 'voc', annotations: 'ann', ids: 'files', unlabelled: 'negative' },
      );
    const other = await made('b.jpg');
    expect(record(other, 'a').boxes).toHaveLength(1);
    expect(brief(other)).toEqual([['a', 'inconsistent']]);
    for (const same of ['a.jpg', 'A.JPG', 'was-renamed.jpg']) expect(brief(await made(same))).toEqual([]);
  });

  it('leaves out a box without an area, and tells of the object', () => {
    const points = [
      ['inclusive', [5, 6, 5, 6], '5, 6, 0, 0'],
      ['corners', [5, 6, 5, 6], '5, 6, 0, 0'],
      ['corners', [5, 6, 5, 9], '5, 6, 0, 3'],
      ['inclusive', [10, 20, 9, 30], '10, 20, -1, 10'],
    ] as const;
    for (const [corners, ends, numbers] of points) {
      const { boxes, faults } = parseVoc(file(object([1, 1, 9, 9]), object(ends)), 'a.xml', corners);
      expect(boxes).toHaveLength(1);
      expect(faults).toEqual([
        {
          kind: 'degenerate',
          place: { kind: 'box', label: 'cell' },
          problem: `object 2, box 'cell' [${numbers}] has no area`,
        },
      ]);
    }
  });

  it('swaps corners the wrong way round, and tells of the object', () => {
    const read = parseVoc(file(object([1, 1, 9, 9]), object([12, 22, 10, 20])), 'a.xml', 'inclusive');
    expect(read.boxes[1]).toEqual({ label: 'cell', x: 9, y: 19, width: 3, height: 3 });
    expect(read.faults).toMatchObject([
      {
        kind: 'mended',
        problem: expect.stringMatching(/^object 2, box 'cell' \[12, 22, 10, 20\] has its corners/),
      },
    ]);
  });

  it.each([
    [10, 20, 9, 30],
    [10, 20, 30, 19],
    [10, 20, 9, 19],
  ])('leaves out included pixels that end just before they start: %i, %i, %i, %i', async (...ends) => {
    const archive = await read(
      'folder',
      {
        'images/a.jpg': await jpeg(640, 480),
        'images/b.jpg': await jpeg(640, 480),
        'ann/a.xml': file(object(ends)),
      },
      { format: 'voc', annotations: 'ann', ids: 'files', unlabelled: 'negative' },
    );
    expect(archive.records.map(({ id }) => id)).toEqual(['b']);
    expect(brief(archive)).toEqual([
      ['a', 'degenerate'],
      ['a', 'left-out'],
    ]);
    expect(parseVoc(file(object(ends)), 'a.xml', 'corners').faults).toMatchObject([{ kind: 'mended' }]);
  });

  it('takes no object, one object and escaped names', () => {
    expect(parseVoc(file(), 'a.xml', 'corners').boxes).toEqual([]);
    expect(
      parseVoc(file(object([1, 2, 3, 4], 'a &amp;amp; &lt;b&gt;')), 'a.xml', 'corners').boxes[0]?.label,
    ).toBe('a &amp; <b>');
  });

  it.each([
    ['<annotation><object>', /a\.xml: malformed XML at line 1;/],
    ['not xml at all', /a\.xml: malformed XML/],
    ['', /a\.xml: malformed XML|has no <annotation>/],
    ['<html></html>', /a\.xml: has no <annotation>/],
    [file(object([1, 2, 3, Number.NaN])), /object 1 has no number in <bndbox><ymax>/],
    [file('<object><bndbox></bndbox></object>'), /object 1 has no/],
    [file(object([1, 2, 3, 4], '')), /object 1 has no <name>/],
    ['<!DOCTYPE a [<!ENTITY x "y">]><annotation>&x;</annotation>', /declares a document type/],
    [`<!ENTITY x SYSTEM "file:///etc/passwd">${file()}`, /declares a document type/],
    [`${'<a>'.repeat(5000)}${'</a>'.repeat(5000)}`, /a\.xml: .*nested deeper than 16 levels/],
  ])('refuses %.60s with one line', (text, message) => {
    let caught: unknown;
    try {
      parseVoc(text, 'a.xml', 'corners');
    } catch (error) {
      caught = error;
    }
    expect(caught).toMatchObject({
      name: 'SightlineError',
      kind: 'input',
      message: expect.stringMatching(message),
    });
    expect((caught as Error).message).not.toContain('\n');
  });
});
