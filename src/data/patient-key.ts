/**
 * What an identifier has in common with other spellings of it: all but capitals, spaces, slashes and dashes
 * of any kind, characters that are not seen, quotes around it, empty components at the end of a DICOM name,
 * and of numbers zeros in front and decimals of zero, which spreadsheets take and give.
 */
export const patientKey = (identifier: string): string =>
  identifier
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\s_/\u2212\p{Pd}\p{Cf}]+/gu, '')
    .replaceAll(/^["']+|["']+$/g, '')
    .replace(/\^+$/, '')
    .replace(/^(\d+)\.0+$/, '$1')
    .replace(/^0+(?=\d+$)/, '');
