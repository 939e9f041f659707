import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { resolve } from 'node:path';

const modules = createRequire(__filename);

/** What computed a result: Sightline, the engine and the runtime. */
export function versions(): Readonly<Record<string, string>> {
  const own = JSON.parse(readFileSync(resolve(__dirname, '../../package.json'), 'utf8')) as {
    version: string;
  };
  const engine: { version: string } = modules('onnxruntime-node/package.json');
  return { sightline: own.version, 'onnxruntime-node': engine.version, node: process.versions.node };
}
