import { expect, it } from 'vitest';
import { command } from './command.js';
import { dataOf, taskFlags, trainingFlags, trainingOf } from './data-flags.js';
import { parse } from './parse.js';

const made = command({
  name: 'try',
  summary: 'A command for tests.',
  flags: { ...taskFlags, ...trainingFlags },
  examples: [],
  run: async () => {},
});

const training = async (...args: string[]) => trainingOf((await parse(made, args)).flags);

it('passes on only what was given, in its own type', async () => {
  expect(await training('--epochs', '3', '--rate=0.01', '--augment', 'flip')).toEqual({
    epochs: 3,
    rate: 0.01,
    augment: [{ name: 'flip', strength: 0.5 }],
  });
  expect(await training()).toEqual({});
});

it("holds an option of a network to that network's bounds", async () => {
  expect(await training('--architecture', 'mlp', '--width', '40000')).toEqual({
    architecture: 'mlp',
    width: 40000,
  });
  await expect(training('--architecture', 'cnn', '--width', '40000')).rejects.toThrow(
    'option \'width\' of network cnn got "40000"; it takes a whole number from 1 to 256',
  );
  await expect(training('--architecture', 'mlp', '--width', 'many')).rejects.toThrow("option 'width'");
  await expect(training('--architecture', 'logistic', '--depth', '2')).rejects.toThrow(
    '--depth is no option of the network logistic',
  );
});

it('gathers repeated pairs, and pairs behind semicolons', async () => {
  const given = ['--task-option', 'finding=a b', '--task-option', 'size=160;overlap=0.5'];
  const { taskOptions, task, image } = dataOf((await parse(made, [...given, '--size', '96,128'])).flags);
  expect(taskOptions).toEqual({ finding: 'a b', size: '160', overlap: '0.5' });
  expect(task).toBeUndefined();
  expect(image).toEqual({ size: '96,128' });
  await expect(parse(made, ['--task-option', 'finding'])).rejects.toThrow(/taskOption.*key=value/);
});
