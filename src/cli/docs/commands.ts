import { helpOf, overview } from '../help.js';
import { commands } from '../index.js';
import { block, page } from './markdown.js';

const width = 100;

export const commandsPage = () =>
  page('Commands', 'src/cli/commands', [
    'Each is run as `npx sightline COMMAND`. Exit codes: 0 it worked, 1 it failed, 2 it was called wrongly, 130 it was stopped.',
    block(overview(commands, '', width).split('\n')),
    ...commands.flatMap((command) => [`## ${command.name}`, block(helpOf(command, width).split('\n'))]),
  ]);
