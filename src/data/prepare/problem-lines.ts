import type { Problem } from '../record.js';

/** Maximum number of lines, and of images that a line names; the manifest lists all. */
const [LINES, NAMES] = [10, 3];

/** One line for each problem, with the images that have it by the names that `nameOf` gives their ids. */
export function problemLines(problems: readonly Problem[], nameOf: (image: string) => string): string[] {
  const names = new Map<string, string[]>();
  for (const { image, problem } of problems) {
    const own = names.get(problem);
    if (own === undefined) names.set(problem, [nameOf(image)]);
    else own.push(nameOf(image));
  }
  const groups = [...names];
  const lines = groups.slice(0, LINES).map(([problem, images]) => {
    const more = images.length > NAMES ? ` and ${images.length - NAMES} more` : '';
    return `  ${images.slice(0, NAMES).join(', ')}${more}: ${problem}`;
  });
  const rest = groups.slice(LINES).reduce((sum, [, images]) => sum + images.length, 0);
  return rest > 0 ? [...lines, `  and ${rest} more`] : lines;
}
