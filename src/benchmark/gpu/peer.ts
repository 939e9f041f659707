import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { findProgram } from '../../base/machine.js';

/** What the peers were asked: a network and a method of theirs, or `forward` or `training`. */
export interface Question {
  readonly network: string;
  readonly method: string;
  readonly batch: number;
}

/** PyTorch with Captum and zennit, in a Python process that answers one question after the other. */
export interface Peer {
  /** Versions and card, for the table. */
  readonly about: string;
  /** Milliseconds of one call for the batch; undefined where the peers lack the method or fail. */
  ask(question: Question): Promise<number | undefined>;
  end(): void;
}

/** Starts the peers; undefined where there is no Python with PyTorch. `script` is environment/gpu/peer.py. */
export async function startPeer(script: string, device: string): Promise<Peer | undefined> {
  const python = findProgram([process.env.SIGHTLINE_PYTHON ?? 'python3']);
  if (python === undefined) return undefined;
  const child = spawn(python, [script, device], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = answersOf(child);
  const about = await lines.next();
  if (about.done) return undefined;
  return {
    about: about.value,
    async ask(question) {
      if (child.exitCode !== null) return undefined;
      child.stdin!.write(`${JSON.stringify(question)}\n`);
      const answer = await lines.next();
      return answer.done || answer.value === 'null' ? undefined : Number(answer.value);
    },
    end: () => void child.stdin!.end(),
  };
}

const answersOf = (child: ChildProcess): AsyncIterator<string, undefined> =>
  createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
