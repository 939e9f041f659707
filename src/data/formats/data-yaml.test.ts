import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryTree } from '../../testing/tree.js';
import { readDataYaml, splitsOfYaml } from './data-yaml.js';
import { imageFolder } from './files.js';

const read = async (text: string) =>
  readDataYaml(join(await temporaryTree({ 'data.yaml': text }), 'data.yaml'));

describe('a data.yaml', () => {
  it.each([
    ['a list in one line', 'names: [\'normal\', "lesion, small"] # two'],
    ['a list', 'names:\n  - normal\n  - "lesion, small"'],
    ['a list at the margin', "names:\n- normal\n- 'lesion, small'\n"],
    ['a map', 'names:\n  1: lesion, small\n  0: normal'],
    ['a map in one line', "names: {1: 'lesion, small', 0: normal}"],
    ['with a count and Windows line ends', 'nc: 2\r\nnames:\r\n- normal\r\n- lesion, small\r\n'],
  ])('has its names as %s', async (_, text) => {
    expect((await read(text)).names).toEqual(['normal', 'lesion, small']);
  });

  it.each([
    ['names: []', 'has no names'],
    ['train: a', 'has no names'],
    ['nc: 3\nnames: [a, b]', 'nc is 3, but names has 2'],
    ['names: [a]\nkpt_shape: [2, 2]', 'keypoints (pose labels); export boxes or polygons'],
    ['names: {0: a, 2: b}', 'names are numbered 0, 2; expected 0 to 1'],
  ])('is refused for %j', async (text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });

  it('says which images are of which part', async () => {
    const root = await temporaryTree({
      'data.yaml': 'train: ../train/images\nval: valid/images/\ntest: test.txt\nnames: [a]',
      'test.txt': './other/c.png\nmissing.png\n\n',
      ...{ 'train/images/a.png': '', 'valid/images/b.png': '', 'other/c.png': '', 'other/d.png': '' },
    });
    const splits = await splitsOfYaml(join(root, 'data.yaml'), await imageFolder(root));
    expect(Object.fromEntries(splits)).toEqual({
      'train/images/a.png': 'train',
      'valid/images/b.png': 'validation',
      'other/c.png': 'test',
    });
  });
});
