import { jpeg, read } from './archive.js';

/** The head of a table of boxes by corners, and by sizes. */
export const corners = 'image,label,xmin,ymin,xmax,ymax\n';
export const sizes = 'image,label,x,y,width,height\n';

/** The archive of three pictures of 100x50 pixels, a to c, and a table of boxes. */
export async function csv(rows: string, options: Readonly<Record<string, unknown>> = {}) {
  const images = Object.fromEntries(
    await Promise.all(
      ['a', 'b', 'c'].map(async (name) => [`images/${name}.jpg`, await jpeg(100, 50)] as const),
    ),
  );
  return read(
    'folder',
    { ...images, 'b.csv': rows },
    { format: 'csv', annotations: 'b.csv', ids: 'files', ...options },
  );
}
