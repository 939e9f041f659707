import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { attempt } from '../../base/attempt.js';
import {
  CHROMIUM_ADVICE,
  findChromium,
  findJupyter,
  JUPYTER_ADVICE,
  type Jupyter,
} from '../../base/machine.js';
import type { Finding } from './basics.js';

const project = resolve(__dirname, '../../..');

/** The project's own kernel, which an installed package does not have. */
const kernels = join(project, 'environment/jupyter');

export async function jupyter(): Promise<Finding> {
  const found = findJupyter(project);
  const has = found ? parts(found) : [];
  const works = found !== undefined && (found.lab || found.notebook) && found.run;
  return {
    what: 'Jupyter',
    use: 'opens and runs notebooks',
    basic: false,
    works,
    found: found ? `${has.join(', ')} of ${found.python}` : 'not found',
    ...(!works && { advice: JUPYTER_ADVICE }),
  };
}

const parts = ({ lab, notebook, run, convert }: Jupyter): string[] =>
  [lab && 'JupyterLab', notebook && 'notebook server', run && 'nbclient', convert && 'nbconvert'].filter(
    (part) => part !== false,
  );

const QUESTION =
  'from jupyter_client.kernelspec import KernelSpecManager as M; print(M().get_kernel_spec("tslab").resource_dir)';

export async function kernel(): Promise<Finding> {
  const about = { what: 'TypeScript kernel', use: 'runs cells', basic: false };
  const python = findJupyter(project)?.python;
  if (python === undefined) {
    return { ...about, works: false, found: 'no Jupyter to ask', advice: JUPYTER_ADVICE };
  }
  const ours = existsSync(kernels);
  const { ok, said } = await attempt(python, ['-c', QUESTION], ours ? { JUPYTER_PATH: kernels } : {});
  return {
    ...about,
    works: ok,
    found: ok ? `tslab, ${said}` : 'Jupyter does not find it',
    ...(!ok && {
      advice: ours
        ? `npm run lab sets JUPYTER_PATH=${kernels} for it`
        : 'npm install tslab, then npx tslab install',
    }),
  };
}

export async function chromium(): Promise<Finding> {
  const about = { what: 'Chromium', use: 'exports figures to SVG, PDF and PNG', basic: false };
  const path = findChromium();
  if (path === undefined) return { ...about, works: false, found: 'not found', advice: CHROMIUM_ADVICE };
  const { ok, said } = await attempt(path, ['--version']);
  return {
    ...about,
    works: ok,
    found: `${said.split('\n').at(-1)}, ${path}`,
    ...(!ok && { advice: CHROMIUM_ADVICE }),
  };
}
