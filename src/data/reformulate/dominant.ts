import { choice, number, optional, text } from '../../base/options.js';
import { type Archive, type ImageRecord, isFurtherPart } from '../record.js';
import { counter } from './counts.js';
import { chosenFindings, type Evidence, evidenceOf, findingsOf, isUntold, UNTOLD } from './findings.js';
import { markedArea, needingMarks, placesOf } from './places.js';
import { type Recipe, reformulation } from './reformulation.js';
import { wholeOf } from './whole.js';

export const dominant = reformulation({
  name: 'dominant',
  doc: "Which finding has most of an image's annotated area.",
  needsSize: true,
  options: {
    findings: optional(text({ doc: 'The findings to compare, as a,b,c; by default all.', default: '' })),
    by: choice(['area', 'count'], {
      doc: 'Compared quantity: annotated area, or number of annotations.',
      default: 'area',
    }),
    share: number({ doc: 'Minimum share of the dominant finding.', min: 0, max: 1, default: 0.5 }),
    none: choice(['drop', 'class'], {
      doc: 'Whether images without any of the findings are a class or are left out.',
      default: 'drop',
    }),
  },
  needsMarks: (archive, { findings, by }) =>
    by === 'area' ? needingMarks(archive, chosenFindings(archive, findings)) : [],
  reformulate(archive, options, _random, marked) {
    const findings = chosenFindings(archive, options.findings);
    const none = noneOf(archive, findings);
    const classes = options.none === 'class' ? [none, ...findings] : [...findings];
    const counts = counter(classes);
    const recipes = archive.records.flatMap((record): Recipe[] => {
      const whole = wholeOf(record);
      const shown = findingsOf(record);
      const present = findings.filter((finding) => shown.has(finding));
      const sizes = present.map((finding) =>
        options.by === 'count'
          ? placesOf(annotationsOf(record, finding), whole.height)?.length
          : markedArea(record, finding, marked)(whole),
      );
      const keep = (label: string, of: readonly string[]) => {
        counts.add(label);
        return [{ id: record.id, record, labels: [classes.indexOf(label)], ...evidenceOf(record, of) }];
      };
      if (present.length === 0 && findings.every((finding) => isUntold(record, finding))) {
        counts.add(UNTOLD);
        return [];
      }
      if (present.length === 0) {
        if (options.none === 'class') return keep(none, []);
        counts.add('left out: none of the findings');
        return [];
      }
      if (present.length === 1) return keep(present[0]!, present);
      if (sizes.includes(undefined) || sizes.every((size) => size === 0)) {
        counts.add('left out: several findings, area unknown');
        return [];
      }
      const most = Math.max(...(sizes as number[]));
      const all = (sizes as number[]).reduce((a, b) => a + b, 0);
      if (most / all < options.share || sizes.filter((size) => size === most).length > 1) {
        counts.add('left out: no finding dominates');
        return [];
      }
      const winner = present[sizes.indexOf(most)]!;
      return keep(winner, [winner]);
    });
    return { classes, multiLabel: false, recipes, counts: counts.counts };
  },
});

/** The evidence of a finding with one place for each annotation. */
function annotationsOf(record: ImageRecord, finding: string): Evidence {
  const { boxes, regions } = evidenceOf(record, [finding]);
  return { boxes, regions: regions.filter((region) => !isFurtherPart(region)) };
}

/** The class of images without any of the findings, by its own name where these are all findings. */
export const noneOf = ({ findings, nothing = 'none' }: Archive, chosen = findings): string =>
  chosen.length === findings.length ? nothing : 'none';
