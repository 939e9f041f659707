const words = [
  ...['no finding', 'no findings', 'nofinding', 'normal', 'none', 'no lesion', 'no abnormality', 'negative'],
  ...['healthy', 'background', 'nothing', 'no tumor', 'no tumour', 'no disease', 'unremarkable'],
];

/** Whether a label means the absence of findings. */
export const isNothing = (label: string): boolean =>
  words.includes(
    label
      .toLowerCase()
      .replaceAll(/[\s_-]+/g, ' ')
      .trim(),
  );
