import type { Annotated } from './collect.js';

/**
 * Joins patients whose identifiers differ only in capital letters, spaces, `_`, `-`, a decimal zero and
 * Unicode form: told apart, they would be in several splits. Each has the identifier of its first image,
 * which is told.
 */
export function joinedPatients(images: readonly Annotated[]): readonly Annotated[] {
  const firsts = new Map<string, string>();
  return images.map((image) => {
    if (image.patient === undefined) return image;
    const key = image.patient
      .normalize('NFKC')
      .toLowerCase()
      .replaceAll(/[\s_-]+/g, '')
      .replace(/^(\d+)\.0+$/, '$1');
    const first = firsts.get(key) ?? image.patient;
    firsts.set(key, first);
    if (first === image.patient) return image;
    const fault = {
      kind: 'inconsistent',
      problem:
        'its patient is spelled as another one up to capital letters, spaces, _, - and a decimal zero: they count as one',
    } as const;
    return { ...image, patient: first, faults: [...(image.faults ?? []), fault] };
  });
}
