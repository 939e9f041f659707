import { describe, expect, test } from 'vitest';
import { imageElements, type MadeElement, madeDicom } from '../../../testing/dicom.js';
import { decodeDicom } from './decode.js';
import { attributeNames, hashIdentifier } from './deidentify.js';

const secrets = [
  'DOE^JANE',
  '19580412',
  'ACC4711',
  '1.2.826.0.1.99',
  'PID0815',
  'St Mary',
  'Dr Who',
  'JANEDOE',
];

const identified: MadeElement[] = [
  ['00080018', 'UI', secrets[3]!],
  ['00080020', 'DA', secrets[1]!],
  ['00080050', 'SH', secrets[2]!],
  ['00080060', 'CS', 'DX'],
  ['00080080', 'LO', secrets[5]!],
  ['00080090', 'PN', secrets[6]!],
  ['00100010', 'PN', secrets[0]!],
  ['00100020', 'LO', secrets[4]!],
  ['00100030', 'DA', secrets[1]!],
  ['00100040', 'CS', 'F'],
  ['00101010', 'AS', '093Y'],
  ['00111001', 'LO', secrets[0]!],
  ['00180015', 'CS', secrets[7]!],
  ['00185101', 'CS', 'PA'],
  ['0020000d', 'UI', secrets[3]!],
  ['00200060', 'CS', 'L'],
  ...imageElements(1, 2, {}, [['00280030', 'DS', '0.14\\0.15']]),
  ['7fe00010', 'OB', Uint8Array.of(1, 2)],
];

describe('what leaves a file beside its pixels', () => {
  test('is only what the whitelist names, from closed lists of words', async () => {
    const { attributes } = await decodeDicom(madeDicom(identified), 'a.dcm');
    expect(attributes).toEqual({
      modality: 'DX',
      viewPosition: 'PA',
      laterality: 'L',
      sex: 'F',
      ageYears: 90,
      photometric: 'MONOCHROME2',
      rows: 1,
      columns: 2,
      bitsStored: 8,
      rowSpacing: 0.14,
      columnSpacing: 0.15,
    });
    expect(Object.keys(attributes).every((name) => attributeNames.includes(name))).toBe(true);
  });

  test('holds no name, date, number or identifier of the file, errors included', async () => {
    const whole = await decodeDicom(madeDicom(identified), 'a.dcm', { salt: 'pepper' });
    const failures = await Promise.all(
      [
        identified.slice(0, -1),
        identified.map((e): MadeElement => (e[0] === '00280010' ? ['00280010', 'US', 9] : e)),
        identified.map((e): MadeElement => (e[0] === '00280004' ? ['00280004', 'CS', secrets[7]!] : e)),
      ].map((elements) =>
        decodeDicom(madeDicom(elements), 'a.dcm').then(
          () => 'no failure',
          (error: Error) => `${error.message} ${error.stack}`,
        ),
      ),
    );
    expect(failures).not.toContain('no failure');
    const all = JSON.stringify([whole, failures]);
    for (const secret of secrets) expect(all).not.toContain(secret);
  });

  test('names a patient by a pseudonym that depends on the salt', async () => {
    const patient = async (salt?: string) =>
      (await decodeDicom(madeDicom(identified), 'a.dcm', salt === undefined ? {} : { salt })).patient;
    expect(await patient('pepper')).toBe(hashIdentifier('pepper', 'PID0815'));
    expect(await patient('pepper')).toMatch(/^[0-9a-f]{32}$/);
    expect(await patient('mustard')).not.toBe(await patient('pepper'));
    expect(await patient()).toBeUndefined();
  });
});
