import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryTree } from '../../testing/tree.js';
import { parseYolo, readNames } from './yolo.js';

const size = { width: 200, height: 100 };

describe('YOLO', () => {
  const names = ['disc', 'exudate'];

  it('turns shares of the image into pixels, centre to corner', () => {
    const { boxes, regions } = parseYolo(
      '1 0.5 0.5 0.1 0.2\n\n0 0.25 0.1 0.5 0.2 0.93\r\n',
      'a.txt',
      names,
      size,
    );
    expect(boxes).toEqual([
      { label: 'exudate', x: 90, y: 40, width: 20, height: 20 },
      { label: 'disc', x: 0, y: 0, width: 100, height: 20 },
    ]);
    expect(regions).toEqual([]);
  });

  it('reads a polygon as region and box', () => {
    const { boxes, regions } = parseYolo('1 0.1 0.1 0.3 0.1 0.3 0.5', 'a.txt', names, size);
    expect(boxes).toEqual([{ label: 'exudate', x: 20, y: 10, width: 40, height: 40 }]);
    expect(regions).toEqual([
      {
        kind: 'polygon',
        label: 'exudate',
        points: [
          [20, 10],
          [60, 10],
          [60, 50],
        ],
      },
    ]);
  });

  it.each([
    ['2 0.5 0.5 0.1 0.2', 'a.txt, line 1: class 2; the names are 0 to 1 (disc, exudate)'],
    ['x 0.5 0.5 0.1 0.2', "a.txt, line 1: class 'x'"],
    ['1 0.5 0.5 0.1', 'a.txt, line 1: 4 numbers; a box has 5 or 6'],
    ['\n1 320 200 50 40', 'a.txt, line 2: 1 320 200 50 40 is not in shares of the image'],
    ['1 0.5 0.5 abc 0.2', 'is not in shares of the image'],
  ])('refuses %j', (text, message) => {
    expect(() => parseYolo(text, 'a.txt', names, size)).toThrow(message);
  });

  it('reads class names and refuses a gap among them', async () => {
    const root = await temporaryTree({
      'a.names': 'disc\r\nexudate\n\n',
      'b.names': 'disc\n\nexudate\n',
      'c.names': '',
    });
    expect(await readNames(join(root, 'a.names'))).toEqual(names);
    await expect(readNames(join(root, 'b.names'))).rejects.toThrow('has an empty line');
    await expect(readNames(join(root, 'c.names'))).rejects.toThrow('has an empty line');
  });
});
