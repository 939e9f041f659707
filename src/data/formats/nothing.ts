const words = [
  ...['no finding', 'no findings', 'nofinding', 'normal', 'none', 'no lesion', 'no abnormality', 'negative'],
  ...['healthy', 'background', 'nothing', 'no tumor', 'no tumour', 'no disease', 'unremarkable'],
];

/** Whether a label says that an image shows nothing, which is no finding. */
export const isNothing = (label: string): boolean =>
  words.includes(
    label
      .toLowerCase()
      .replaceAll(/[\s_-]+/g, ' ')
      .trim(),
  );
