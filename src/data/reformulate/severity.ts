import { usageError } from '../../base/errors.js';
import { choice, text } from '../../base/options.js';
import { counter } from './counts.js';
import { chosenFinding, evidenceOf, findingOption, findingsOf, isUntold, UNTOLD } from './findings.js';
import { markedArea, needingMarks } from './places.js';
import { type Recipe, reformulation } from './reformulation.js';
import { wholeOf } from './whole.js';

export const severity = reformulation({
  name: 'severity',
  doc: 'Share of the image that a finding covers, in grades or as a number.',
  needsSize: true,
  options: {
    finding: findingOption,
    as: choice(['grades', 'share'], {
      doc: 'Whether grades are told apart, or the share itself is predicted by regression.',
      default: 'grades',
    }),
    thresholds: text({
      doc: 'Ascending shares of the image where a new grade starts, as a,b.',
      default: '0.05,0.15',
    }),
    none: choice(['class', 'drop'], {
      doc: 'Whether images without the finding are a class (a share of 0) or are left out.',
      default: 'class',
    }),
  },
  needsMarks: (archive, { finding }) => needingMarks(archive, [chosenFinding(archive, finding)]),
  reformulate(archive, options, _random, marked) {
    const finding = chosenFinding(archive, options.finding);
    const limits = readThresholds(options.thresholds);
    const isShare = options.as === 'share';
    const name = `share of ${finding}`;
    const grades = ['', ...limits].map((_, grade) => `${finding} grade ${grade + 1}`);
    const classes = isShare ? [name] : options.none === 'class' ? [`no ${finding}`, ...grades] : grades;
    const counts = counter(classes);
    const recipes = archive.records.flatMap((record): Recipe[] => {
      const evidence = evidenceOf(record, [finding]);
      const keep = (grade: string, share: number) => {
        const label = isShare ? name : grade;
        counts.add(label);
        const value = isShare && { value: share };
        return [{ id: record.id, record, labels: [classes.indexOf(label)], ...value, ...evidence }];
      };
      if (isUntold(record, finding)) {
        counts.add(UNTOLD);
        return [];
      }
      if (!findingsOf(record).has(finding)) {
        if (options.none === 'class') return keep(`no ${finding}`, 0);
        counts.add('left out: without the finding');
        return [];
      }
      const whole = wholeOf(record);
      const share = (markedArea(record, finding, marked)(whole) ?? 0) / (whole.width * whole.height);
      if (share === 0) {
        counts.add('left out: the finding has no measurable area');
        return [];
      }
      return keep(grades[limits.filter((limit) => share >= limit).length]!, share);
    });
    return {
      ...{ classes, multiLabel: false, recipes, counts: counts.counts },
      ...(isShare && { regression: true }),
    };
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
