import type { Box, Problem } from '../../record.js';
import { hasArea } from '../../reformulate/findings.js';
import { check, type Finding, refOf, type Severity } from './check.js';

const KINDS: Readonly<Record<string, Severity>> = {
  degenerate: 'warning',
  outside: 'error',
  clipped: 'note',
  tiny: 'note',
};

/** Pixels that a box may reach beyond the edge, for rounding in the archive. */
const SLACK = 1;

export const boxes = check({
  name: 'boxes',
  doc: 'Boxes and regions without area, outside their image, beyond its edge, or smaller than two pixels.',
  options: {},
  needsPixels: false,
  look({ archives, items }) {
    const told = archives.flatMap(({ name, problems }) =>
      problems.flatMap((problem) => fromProblem(name, problem)),
    );
    const seen = items.flatMap((item) => {
      const { width = item.print?.width, height = item.print?.height } = item.record;
      return item.record.boxes.flatMap((box) => {
        const fault = faultOf(box, width, height);
        if (fault === undefined) return [];
        return { ...fault, images: [refOf(item, hasArea(box) ? [box] : undefined)] };
      });
    });
    return [...told, ...seen];
  },
});

function fromProblem(dataset: string, { image, kind, problem }: Problem): Omit<Finding, 'check'>[] {
  const severity = kind === undefined ? undefined : KINDS[kind];
  return severity === undefined ? [] : [{ severity, message: problem, images: [{ dataset, id: image }] }];
}

function faultOf(
  box: Box,
  width: number | undefined,
  height: number | undefined,
): { severity: Severity; message: string } | undefined {
  const { label, x, y } = box;
  if (!hasArea(box)) return { severity: 'warning', message: `a box '${label}' has no area` };
  if (width === undefined || height === undefined) return undefined;
  const [right, bottom] = [x + box.width, y + box.height];
  if (x >= width || y >= height || right <= 0 || bottom <= 0) {
    return {
      severity: 'error',
      message: `a box '${label}' lies outside its image of ${width}x${height} pixels`,
    };
  }
  const beyond = Math.max(-x, -y, right - width, bottom - height);
  if (beyond <= SLACK) return undefined;
  return {
    severity: 'note',
    message: `a box '${label}' reaches ${beyond.toFixed(1)} pixels beyond its image`,
  };
}
