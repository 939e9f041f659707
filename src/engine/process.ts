import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { compiledFile } from '../base/workers.js';
import type { Open } from './protocol.js';

/** How much of what a process says on standard error is remembered. */
const remembered = 4096;

/**
 * A process of its own from a module of this library, which finds `settings` in `process.argv`: for native
 * code that needs other environment variables, and that may crash.
 */
export const ownProcess =
  (module: string, settings: string, environment: () => Readonly<Record<string, string>>): Open =>
  (listener) => {
    const child = fork(compiledFile(module), [settings], {
      serialization: 'advanced',
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...process.env, ...environment() },
      execArgv: [],
    });
    let said = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-remembered);
    });
    hold(child, false);
    child.on('message', (answer) => listener.answer(answer as Parameters<typeof listener.answer>[0]));
    child.on('error', ({ message }) => listener.gone(`by an error: ${message}`));
    child.on('close', (code, signal) => {
      const how = signal ? `by signal ${signal}` : `with exit code ${code}`;
      const last = said.trim().split('\n').at(-1);
      listener.gone(last ? `${how}, saying: ${last.trim()}` : how);
    });
    return {
      post(asked) {
        // A failure to send shows as the end of the process.
        child.send(asked, () => undefined);
      },
      hold: (waiting) => hold(child, waiting),
      async end() {
        if (child.exitCode !== null || child.signalCode !== null) return;
        const closed = once(child, 'close');
        hold(child, true);
        child.kill('SIGKILL');
        await closed;
      },
    };
  };

function hold(child: ChildProcess, waiting: boolean) {
  const pipe = child.stderr as Socket;
  for (const handle of [child, child.channel, pipe]) {
    if (waiting) handle?.ref();
    else handle?.unref();
  }
}
