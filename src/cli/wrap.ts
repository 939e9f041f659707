/** Wraps words into lines of at most `width`; a longer word, such as a list, is cut after its commas. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  const words = text.split(' ').flatMap((word) => (word.length > width ? word.split(/(?<=,)/) : [word]));
  for (const word of words) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= width)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/**
 * Wraps a command line into lines of at most `width` that a shell reads as one, each flag beside its value.
 */
export function wrapCommand(line: string, width: number): string[] {
  const parts = line.split(/ (?=--)/);
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + part.length + 3 <= width)
      lines[lines.length - 1] = `${last} ${part}`;
    else lines.push(lines.length === 0 ? part : `    ${part}`);
  }
  return lines.map((one, i) => (i < lines.length - 1 ? `${one} \\` : one));
}

/** Pairs as two columns; the second is wrapped. */
export function columns(rows: readonly (readonly [string, string])[], width: number): string[] {
  const first = Math.max(...rows.map(([name]) => name.length));
  return rows.flatMap(([name, text]) =>
    wrap(text, Math.max(30, width - first - 4)).map(
      (line, i) => `  ${(i === 0 ? name : '').padEnd(first)}  ${line}`,
    ),
  );
}

/**
 * Rows of cells as aligned lines, numbers to the right; a heading may have several lines, numbers a mark on
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
