import { images, machine, node } from './basics.js';
import { engineExaminations } from './engines.js';
import type { Finding } from './finding.js';
import { chromium, jupyter, kernel } from './tools.js';

const examinations = [node, machine, images, ...engineExaminations, jupyter, kernel, chromium];

/** Tries everything that Sightline can use on this machine. */
export const examine = (): Promise<readonly Finding[]> => Promise.all(examinations.map((one) => one()));
