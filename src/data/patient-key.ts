/** What an identifier has in common with other spellings of it: all but capitals, spaces and the like. */
export const patientKey = (identifier: string): string =>
  identifier
    .normalize('NFKC')
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, '')
    .replace(/^(\d+)\.0+$/, '$1');
