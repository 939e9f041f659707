import { writeFileSync } from 'node:fs';
import { pages } from './pages.js';

for (const [path, text] of Object.entries(pages())) writeFileSync(path, text);
