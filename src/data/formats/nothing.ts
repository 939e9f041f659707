const words = [
  ...['no finding', 'no findings', 'nofinding', 'normal', 'none', 'no lesion', 'no abnormality', 'negative'],
  ...[
    'no abnormalities',
    'within normal limits',
    'wnl',
    'kein befund',
    'ohne befund',
    'normalbefund',
    'gesund',
  ],
  ...[
    'unauffällig',
    'sain',
    'normale',
    'rien',
    'aucune anomalie',
    'sans anomalie',
    'sano',
    'sana',
    'saludable',
  ],
  ...[
    'sin hallazgos',
    'ninguno',
    'sin lesión',
    'nessuno',
    'nessun reperto',
    'saudável',
    'sem achados',
    'nenhum',
  ],
  ...['geen', 'geen bevindingen', 'normaal', 'gezond'],
  ...['healthy', 'background', 'nothing', 'no tumor', 'no tumour', 'no disease', 'unremarkable'],
];

/** Whether a label means the absence of findings. */
export const isNothing = (label: string): boolean =>
  words.includes(
    label
      .normalize('NFC')
      .toLowerCase()
      .replaceAll(/[\s_-]+/g, ' ')
      .trim(),
  );
