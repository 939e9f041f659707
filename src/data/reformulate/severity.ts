import { usageError } from '../../base/errors.js';
import { choice, text } from '../../base/options.js';
import { counter } from './counts.js';
import { chosenFinding, evidenceOf, findingOption, findingsOf, isUntold, UNTOLD } from './findings.js';
import { markedArea, needingMarks } from './places.js';
import { type Recipe, reformulation } from './reformulation.js';
import { wholeOf } from './whole.js';

export const severity = reformulation({
  name: 'severity',
  doc: 'Share of the image that a finding covers, in grades.',
  needsSize: true,
  options: {
    finding: findingOption,
    thresholds: text({
      doc: 'Ascending shares of the image where a new grade starts, as a,b.',
      default: '0.05,0.15',
    }),
    none: choice(['class', 'drop'], {
      doc: 'Whether images without the finding are a class or are left out.',
      default: 'class',
    }),
  },
  needsMarks: (archive, { finding }) => needingMarks(archive, [chosenFinding(archive, finding)]),
  reformulate(archive, options, _random, marked) {
    const finding = chosenFinding(archive, options.finding);
    const limits = readThresholds(options.thresholds);
    const grades = ['', ...limits].map((_, grade) => `${finding} grade ${grade + 1}`);
    const classes = options.none === 'class' ? [`no ${finding}`, ...grades] : grades;
    const counts = counter(classes);
    const recipes = archive.records.flatMap((record): Recipe[] => {
      const evidence = evidenceOf(record, [finding]);
      const keep = (label: string) => {
        counts.add(label);
        return [{ id: record.id, record, labels: [classes.indexOf(label)], ...evidence }];
      };
      if (isUntold(record, finding)) {
        counts.add(UNTOLD);
        return [];
      }
      if (!findingsOf(record).has(finding)) {
        if (options.none === 'class') return keep(`no ${finding}`);
        counts.add('left out: without the finding');
        return [];
      }
      const whole = wholeOf(record);
      const share = (markedArea(record, finding, marked)(whole) ?? 0) / (whole.width * whole.height);
      if (share === 0) {
        counts.add('left out: the finding has no measurable area');
        return [];
      }
      return keep(grades[limits.filter((limit) => share >= limit).length]!);
    });
    return { classes, multiLabel: false, recipes, counts: counts.counts };
  },
});

function readThresholds(given: string): readonly number[] {
  const limits = given.split(',').map(Number);
  const rising = limits.every((limit, i) => limit > (limits[i - 1] ?? 0) && limit < 1);
  if (!rising) {
    throw usageError(
      `option 'thresholds' of severity got '${given}'; it takes rising shares between 0 and 1, as 0.05,0.15`,
    );
  }
  return limits;
}
