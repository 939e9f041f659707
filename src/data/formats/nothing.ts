const words = [
  ...['no finding', 'no findings', 'normal', 'none', 'no lesion', 'no abnormality', 'negative'],
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
  ...['healthy control', 'healthy controls', 'uninfected', 'no dr', 'non demented', 'normals'],
];

/** Words by which an image is not annotated. */
const unsaid = [
  ...['unknown', 'uncertain', 'unclear', 'undetermined', 'indeterminate', 'undefined', 'not sure', '?', '??'],
  ...['not assessed', 'not assessable', 'not evaluated', 'not annotated', 'not labelled', 'not labeled'],
  ...['not available', 'unlabelled', 'unlabeled', 'unannotated', 'ungradable', 'missing', 'tbd', 'pending'],
  ...['unbekannt', 'unklar', 'inconnu', 'desconocido', 'sconosciuto', 'desconhecido', 'onbekend'],
];

/** Without capital letters and what separates words. */
const plain = (label: string): string =>
  label
    .normalize('NFC')
    .toLowerCase()
    .replaceAll(/[\s_-]+/g, '');

const nothing = new Set(words.map(plain));
const untold = new Set(unsaid.map(plain));

/** Whether a label means the absence of findings. */
export const isNothing = (label: string): boolean => nothing.has(plain(label));

/** Whether a label means that nobody said what is found. */
export const isUnsaid = (label: string): boolean => untold.has(plain(label));
