import { describe, expect, it } from 'vitest';
import { joinedPatients } from './patients.js';

const images = (...patients: readonly (string | undefined)[]) =>
  patients.map((patient, i) => ({
    ...{ file: `${i}`, boxes: [], regions: [] },
    ...(patient !== undefined && { patient }),
  }));

describe('patients', () => {
  it.each([
    ...['P1', ' p1', 'p-1', 'p_1', 'p 1', '\uff501', '\uff30\uff11', 'p\u00a01', 'p1\u200b', '\ufeffp1'],
    ...['p\u20131', 'p\u22121', '"p1"', "'P1'", 'p1^^^', 'P/1'],
  ])('spelled as %j are p1, which is told', (other) => {
    const [first, second, third] = joinedPatients(images('p1', other, undefined));
    expect([first!.patient, second!.patient, third!.patient]).toEqual(['p1', 'p1', undefined]);
    expect([first, second, third].map((image) => image!.faults?.length)).toEqual([undefined, 1, undefined]);
  });

  it('written as 7 and 7.0 are one', () => {
    expect(joinedPatients(images('7', '7.0')).map(({ patient }) => patient)).toEqual(['7', '7']);
    expect(joinedPatients(images('7', '7.5')).map(({ patient }) => patient)).toEqual(['7', '7.5']);
    expect(joinedPatients(images('0', '00', '007', '7')).map(({ patient }) => patient)).toEqual([
      ...['0', '0', '007', '007'],
    ]);
  });

  it.each(['p2', 'p11', 'q1', 'p.1', 'p01', 'p^1', 'p10'])('spelled as %j are others', (other) => {
    const found = joinedPatients(images('p1', other));
    expect(found).toEqual(images('p1', other));
  });
});
