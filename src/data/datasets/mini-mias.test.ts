import { describe, expect, it } from 'vitest';
import { brief, read, record } from '../../testing/archive.js';

describe('mini-MIAS', () => {
  const files = {
    'mdb001.pgm': '',
    'mdb002.pgm': '',
    'mdb003.pgm': '',
    'mdb216.pgm': '',
    'Info.txt':
      'This file lists the films in the MIAS database\n\n1st column: reference number\n\nmdb001 G CIRC B 535 425 197\nmdb002 G CIRC B 522 280 69\nmdb002 G CALC M 100 900 10\nmdb003 D NORM\nmdb216 D CALC M *NOTE 3*\nmdb322 D NORM\n',
  };

  it('turns y upside down, keeps several findings, and pairs the images of a patient', async () => {
    const archive = await read('mini-mias', files);
    expect(record(archive, 'mdb001')).toMatchObject({
      regions: [{ kind: 'circle', label: 'circumscribed mass', x: 535, y: 1024 - 425, radius: 197 }],
      boxes: [{ x: 535 - 197, y: 1024 - 425 - 197, width: 394, height: 394 }],
      attributes: { tissue: 'G', severity: 'B' },
      patient: 'pair-001',
    });
    expect(record(archive, 'mdb002').findings).toEqual(['circumscribed mass', 'calcification']);
    expect(record(archive, 'mdb002').patient).toBe('pair-001');
    expect(record(archive, 'mdb003')).toMatchObject({ findings: [], patient: 'pair-002' });
    expect('annotated' in record(archive, 'mdb003')).toBe(false);
    expect(record(archive, 'mdb216')).toMatchObject({
      annotated: false,
      findings: ['calcification'],
      regions: [],
    });
    expect(brief(archive)).toEqual([['mdb322', 'missing-image']]);
  });

  it('refuses an unknown finding and a file without a table', async () => {
    const strange = { ...files, 'Info.txt': 'mdb001 G CYST B 5 4 1\n' };
    await expect(read('mini-mias', strange)).rejects.toThrow(
      "line 1: unknown finding 'CYST'; it takes CALC, CIRC",
    );
    await expect(read('mini-mias', { 'Info.txt': 'nothing\n' })).rejects.toThrow(
      'no line begins with an image',
    );
  });
});
