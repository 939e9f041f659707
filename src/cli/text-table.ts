/**
 * Rows of cells as aligned lines, numbers to the right; a head may have several lines, numbers a mark on
 * either side.
 */
export function textTable(heads: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const lines = heads.map((head) => head.split('\n'));
  const tall = Math.max(1, ...lines.map((head) => head.length));
  const widths = lines.map((head, i) =>
    Math.max(...head.map((part) => part.length), ...rows.map((row) => row[i]!.length)),
  );
  const isNumber = heads.map((_, i) =>
    rows.every((row) => /^(!?-?[\d.,]+( %)?[* ]?|undefined ?|)$/.test(row[i]!)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => (isNumber[i] ? cell.padStart(widths[i]!) : cell.padEnd(widths[i]!)))
      .join('  ')
      .trimEnd();
  const headLines = Array.from({ length: tall }, (_, row) =>
    line(lines.map((head) => head[row - tall + head.length] ?? '')),
  );
  return [...headLines, widths.map((width) => '-'.repeat(width)).join('  '), ...rows.map(line)];
}
