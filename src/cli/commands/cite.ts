import { choice, flag } from '../../base/options.js';
import { isRun, namesUsed } from '../../benchmark/used.js';
import { citationsOf, isCitable, unknownCitable } from '../../literature/cite.js';
import { citeAs, referenceStyles } from '../../literature/cite-as.js';
import { loadLiterature } from '../../literature/literature.js';
import { command } from '../command.js';

export const citeCommand = command({
  name: 'cite',
  summary: 'Prints references for methods, metrics, data sets and networks, or for all that a run used.',
  positionals: [
    {
      name: 'NAME',
      doc: 'methods, metrics, data sets and networks by name, and folders of finished runs',
      required: true,
      many: true,
    },
  ],
  flags: {
    format: choice(referenceStyles, { doc: 'the style of the references', default: 'bibtex' }),
    all: flag({ doc: 'every work that studies a method or metric, not only the first', default: false }),
    json: flag({ doc: 'print CSL-JSON, which Zotero and pandoc read', default: false }),
  },
  examples: [
    'sightline cite gradcam pointing-game chexlocalize',
    'sightline cite lrp --all --format apa',
    'sightline cite outputs/quickstart',
  ],
  async run({ flags: { format, all, json }, positionals, print, warn }) {
    const literature = loadLiterature();
    const names = (await Promise.all(positionals.map(namesIn))).flat();
    for (const name of positionals)
      if (isCitable(name) && citationsOf([name], literature).length === 0)
        warn(`${name}: there is no work to cite`);
    const references = citationsOf(names, literature, { all });
    if (json) return print(JSON.stringify(references, null, 2));
    if (references.length > 0) print(await citeAs(references, format));
  },
});

/** A name itself, or what a run used. */
async function namesIn(word: string): Promise<readonly string[]> {
  if (isCitable(word)) return [word];
  if (!(await isRun(word))) throw unknownCitable(word);
  return (await namesUsed(word)).filter(isCitable);
}
