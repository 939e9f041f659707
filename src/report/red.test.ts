import { expect, it } from 'vitest';
import { meaningOfRed } from './red.js';

it('red is said of a number as of a class, in the words of either', () => {
  expect(meaningOfRed(true, 'diagnosis')).toMatch(/red raises the predicted number/);
  expect(meaningOfRed(false, 'diagnosis')).toMatch(/red speaks for the diagnosis/);
});
