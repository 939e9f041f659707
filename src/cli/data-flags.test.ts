import { expect, it } from 'vitest';
import { command } from './command.js';
import { dataOf, sourceFlags, sourceOf, trainingFlags, trainingOf } from './data-flags.js';
import { commands } from './index.js';
import { parse } from './parse.js';

const made = command({
  name: 'try',
  summary: 'A command for tests.',
  flags: { ...sourceFlags, ...trainingFlags },
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

it('takes a normalisation by its name or in numbers', async () => {
  expect(await training('--normalisation', 'imagenet')).toEqual({ normalisation: 'imagenet' });
  expect(await training('--mean', '0.5,0.4,0.3', '--std', '0.2,0.2,0.2')).toEqual({
    normalisation: { mean: [0.5, 0.4, 0.3], std: [0.2, 0.2, 0.2] },
  });
  await expect(training('--mean', '0.5', '--normalisation', 'imagenet')).rejects.toThrow(
    'give --mean and --std, or --normalisation',
  );
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

it("reads a data set's name, the user's own images, or a prepared set", async () => {
  const source = async (...args: string[]) => sourceOf((await parse(made, args)).flags);
  const own = ['--format', 'coco', '--images', 'scans', '--annotations', 'a.json'];
  expect(await source('--data', 'data/mine')).toEqual({ prepared: 'data/mine' });
  expect(await source('--dataset', 'phantom')).toMatchObject({ dataset: 'phantom' });
  expect(await source(...own, '--task', 'tiles')).toMatchObject({
    ...{ dataset: 'folder', root: '.', task: 'tiles' },
    datasetOptions: { format: 'coco', images: 'scans', annotations: 'a.json' },
  });
  await expect(source(...own.slice(0, 4))).rejects.toThrow('--format coco needs --images and --annotations');
  await expect(source(...own.slice(2))).rejects.toThrow('--images goes with --format');
  await expect(source('--dataset', 'phantom', ...own)).rejects.toThrow('leave the data set (phantom) out');
  await expect(source('--data', 'data/mine', ...own)).rejects.toThrow('--format goes with a data set');
  await expect(source()).rejects.toThrow('give either --dataset or --data, or --format');
});

it('reads no flag of a command as the option of its training of that name', async () => {
  const { share: _, ...taken } = trainingFlags;
  expect(trainingOf({ share: 0.6, epochs: 3 }, taken)).toEqual({ epochs: 3 });
  expect(trainingOf({ share: 0.6, epochs: 3 })).toEqual({ epochs: 3, share: 0.6 });
});

it('gives every command that makes a task all data options of data prepare', () => {
  const { flags } = commands.find(({ name }) => name === 'data prepare')!;
  const { out: _, ...asked } = flags;
  for (const name of ['train', 'benchmark', 'shortcut-audit'])
    expect(Object.keys(commands.find((one) => one.name === name)!.flags)).toEqual(
      expect.arrayContaining(Object.keys(asked)),
    );
});
