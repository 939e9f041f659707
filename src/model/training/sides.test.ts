import { describe, expect, it } from 'vitest';
import { checkSides } from './sides.js';
import type { Views } from './views.js';

const check = (task: string, augment: readonly string[], views: Views = 'none') =>
  checkSides({ provenance: { task } }, { augment: augment.map((name) => ({ name, strength: 0.5 })), views });

describe('classes that are places in the image', () => {
  it.each([
    ['laterality', ['shift', 'flip'], 'none', "option 'augment' of training got flip"],
    ['laterality', ['transpose'], 'none', "option 'augment' of training got transpose"],
    ['quadrant', ['upend'], 'none', 'the classes of task quadrant are places in the image'],
    ['laterality', [], 'mirror', "option 'views' of training got mirror"],
  ] as const)('refuse what exchanges them: %s, %j, views %s', (task, augment, views, message) => {
    expect(() => check(task, augment, views)).toThrow(message);
  });

  it('take what leaves them, and other tasks take all', () => {
    expect(() => check('laterality', ['upend', 'shift', 'rotate'])).not.toThrow();
    expect(() => check('presence', ['flip', 'upend', 'transpose'], 'turns')).not.toThrow();
  });
});
