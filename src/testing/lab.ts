import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { get } from 'node:http';
import { createServer } from 'node:net';

/** A notebook server that `npm run lab` has started. */
export interface Lab {
  /** Without a slash at its end. */
  readonly url: string;
  readonly token: string;
  /** Presses Ctrl-C once, as a terminal would, unless it has ended, and returns the exit code. */
  interrupt(): Promise<number | null>;
}

/** A port that nothing listens on yet. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** Starts `npm run lab` in a process group of its own, as a terminal would. */
export async function startLab(env: Readonly<Record<string, string>> = {}): Promise<Lab> {
  const port = await freePort();
  const program = spawn('npm', ['run', 'lab', '--', '--no-browser', `--port=${port}`], {
    env: { ...process.env, ...env },
    detached: true,
  });
  const ended = once(program, 'exit');
  let said = '';
  // Where something else has taken the port since, the server takes another one.
  const [url, token] = await new Promise<readonly [string, string]>((found, failed) => {
    const read = (chunk: Buffer) => {
      said += chunk;
      const match = /(http:\/\/127\.0\.0\.1:\d+)\/\S*token=(\w+)\s/.exec(said);
      if (match) found([match[1]!, match[2]!]);
    };
    program.stdout.on('data', read);
    program.stderr.on('data', read);
    ended.then(() => failed(new Error(said)));
  });
  return {
    url,
    token,
    async interrupt() {
      if (program.exitCode === null) process.kill(-program.pid!, 'SIGINT');
      const [code] = await ended;
      return code;
    },
  };
}

/** The status with which a server answers the opening of a web socket; 101 when it opens. */
export function handshake(url: string, headers: Readonly<Record<string, string>>): Promise<number> {
  const upgrade = {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': Buffer.alloc(16).toString('base64'),
  };
  return new Promise((resolve, reject) => {
    get(url, { headers: { ...upgrade, ...headers } })
      .on('upgrade', (answer, socket) => {
        socket.destroy();
        resolve(answer.statusCode!);
      })
      .on('response', (answer) => {
        answer.resume();
        resolve(answer.statusCode!);
      })
      .on('error', reject);
  });
}
