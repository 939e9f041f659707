import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';

let code: object | undefined;

/** What is compiled from assembly/, with memory of its own. */
export function webAssembly(): object {
  code ??= new WebAssembly.Module(readFileSync(resolve(__dirname, '../../dist/tensor/assembly.wasm')));
  return new WebAssembly.Instance(code).exports;
}
