import { createRequire } from 'node:module';
import { join } from 'node:path';
import { environmentError } from '../base/errors.js';

/** One output in several formats; a notebook shows the best that it supports. */
export type Formats = Readonly<Record<string, string>>;

interface DisplayData {
  readonly data: Formats;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly transient: { readonly display_id?: string };
}

interface Kernel {
  readonly lastWriteDisplayData: ((data: DisplayData, update: boolean) => void) | null;
}

const { cache } = createRequire(__filename);

const KERNEL = join('tslab', 'dist', 'jupyter.js');

/** The tslab kernel, where this process is one; nothing is loaded to find out. */
function kernel(): Kernel | undefined {
  const path = Object.keys(cache).find((path) => path.endsWith(KERNEL));
  const loaded = path === undefined ? undefined : cache[path];
  return (loaded?.exports as Kernel | undefined)?.lastWriteDisplayData ? loaded?.exports : undefined;
}

/** Whether this code runs in a notebook cell. */
export const inNotebook = (): boolean => kernel() !== undefined;

/** What is the same as long as a cell runs, and another for each cell and each time that it runs. */
export const runningCell = (): unknown => kernel()?.lastWriteDisplayData;

/** Shows an output under the running cell, or replaces the earlier output with the same `id`. */
export function display(data: Formats, { id, update = false }: { id?: string; update?: boolean } = {}): void {
  const write = kernel()?.lastWriteDisplayData;
  if (!write) {
    throw environmentError(
      "only a notebook can show this; elsewhere write a figure with exportFigure(figure, 'figure.html')",
    );
  }
  write({ data, metadata: {}, transient: id === undefined ? {} : { display_id: id } }, update);
}

export const displayHtml = (html: string): void => display({ 'text/html': html });
