import type { Sample } from './sample.js';

/** What is annotated of a sample. */
export type Annotation = Pick<Sample, 'boxes' | 'mask'>;

/** The sample with another annotation; its image is still read when it is asked for. */
export const withAnnotation = (sample: Sample, { boxes, mask }: Annotation): Sample =>
  Object.defineProperties({} as Sample, {
    ...Object.getOwnPropertyDescriptors(sample),
    boxes: { value: boxes, enumerable: true },
    mask: { value: mask, enumerable: true },
    findings: { value: undefined, enumerable: true },
  });

/**
 * The sample with what is annotated of one class alone; of a class that it does not show, nothing. Where
 * classes exclude each other it is the sample as it is.
 */
export function ofFinding(sample: Sample, target: number): Sample {
  const { findings, labels } = sample;
  if (findings === undefined) return sample;
  return withAnnotation(sample, findings[labels.indexOf(target)] ?? { boxes: [] });
}
