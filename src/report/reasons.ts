import { type Cases, explainedIn } from '../benchmark/cases.js';
import { shownNumber } from '../benchmark/conclusions.js';
import type { PrototypeScores } from '../benchmark/prototype-scores.js';
import type { Reasons } from '../benchmark/reasons.js';
import type { BenchmarkResult } from '../benchmark/rows.js';
import { figureHtml, safe } from '../figures/plotly.js';
import { prototypesFigure, treeFigure } from '../figures/prototypes.js';
import { shownPrototypes, shownTree, sumOfPrototypes } from '../model/prototypes/shown.js';
import { SHOWN } from './gallery.js';

/** Prototypes shown of an image: each has two panels, side by side on the page. */
const [PAIRS, SIZE] = [3, 180];

const titles = {
  protopnet: 'This looks like that',
  prototree: 'The way through the tree',
  pipnet: 'Score sheets',
} as const;

const texts = {
  protopnet: `The ${PAIRS} prototypes that add most to the explained class, each beside the patch of a training image that it is: similarity times weight is what it adds.`,
  prototree:
    'Each branch shows the patch of a training image that it asks for, and how present that is; where it is present by more than one half, the image goes right. The leaf names its likeliest class and its share.',
  pipnet: `The ${PAIRS} prototypes that add most to the explained class, each beside the training image in which it is most present: presence times weight is what it adds. No weight is negative.`,
} as const;

type Shown = Pick<Cases, 'samples' | 'targets' | 'predictions' | 'asked'>;

/** What a network of prototypes says itself of the first cases, and what its prototypes are worth. */
export function reasonsHtml({
  reasons,
  cases,
  classes,
}: Pick<BenchmarkResult, 'reasons' | 'classes'> & { readonly cases: Shown }): string {
  if (reasons === undefined) return '';
  const { kind } = reasons.reading.known;
  const shown = cases.samples.slice(0, SHOWN).map((sample, index) => {
    const figure = figureHtml(caseFigure(reasons, cases, index), `reasons-${index}`);
    return `<h3>${safe(sample.id)} <small>explained: ${safe(explainedIn(cases, classes, index))}, predicted: ${safe(cases.predictions[index]!.prediction || 'none')}</small></h3>
<div class="wide">${figure}</div>`;
  });
  return `<h2>${titles[kind]}</h2>
<p>${texts[kind]} The place says where the network looked, not why: see how the map of its similarities scores above.</p>
${shown.join('\n')}
${scoresHtml(reasons)}`;
}

function caseFigure({ model, reading, examples }: Reasons, cases: Shown, index: number) {
  const [sample, target] = [cases.samples[index]!, cases.targets[index]!];
  const tree = shownTree(model, reading, index, examples);
  if (tree) return treeFigure(tree, `${model.classes[target]}: its path`);
  const sum = sumOfPrototypes(model, reading, index, target);
  return prototypesFigure(
    sample.image,
    shownPrototypes(model, reading, index, sample, target, examples).slice(0, PAIRS),
    { title: `${model.classes[target]}: ${sum.toFixed(2)} in all`, columns: 2 * PAIRS, size: SIZE },
  );
}

const share = (value: number) => (Number.isNaN(value) ? 'undefined' : shownNumber(value));

function scoresHtml({ scores: { prototypes, localisation, global } }: Reasons): string {
  const row = ({
    prototype,
    image,
    purity,
    consistent,
    stability,
    background,
    duplicateOf,
  }: PrototypeScores) =>
    `<tr><td>${prototype}</td><td>${safe(image)}</td><td>${share(purity)}</td><td>${consistent ? 'yes' : 'no'}</td><td>${share(stability)}</td><td>${share(background)}</td><td>${duplicateOf ?? ''}</td></tr>`;
  const heads = ['prototype', 'patch of', 'purity', 'consistent', 'stability', 'background', 'same patch as'];
  return `<h3>What the prototypes are</h3>
<p>On test images. Purity: the share of the images in which a prototype is most present where it lies in an annotated box. Consistent: it hits the
annotation on at least 80&nbsp;% of the annotated images. Stability: the share of these on which noise does not change whether it hits. Background: the
share of its best patches that lie mostly outside the body. ${global} prototypes are in use; the one that decides for the class of an image lies on the
annotation in ${share(localisation)} of the annotated images.</p>
<div class="wide"><table><thead><tr>${heads.map((head) => `<th>${head}</th>`).join('')}</tr></thead><tbody>${prototypes.map(row).join('\n')}</tbody></table></div>`;
}
