import { spawnSync } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';

/** The path of the first of `names` that is an executable path or a program on the PATH. */
export function findProgram(names: readonly string[]): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return names
    .flatMap((name) => (name.includes('/') ? [resolve(name)] : folders.map((folder) => join(folder, name))))
    .find(canRun);
}

/** The path of Chromium or Chrome: the one that SIGHTLINE_CHROMIUM names, else an installed one. */
export function findChromium(): string | undefined {
  const named = process.env.SIGHTLINE_CHROMIUM;
  if (named) return findProgram([named]);
  return findProgram([
    'chromium',
    'chromium-browser',
    'google-chrome',
    'google-chrome-stable',
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
    '/Applications/Chromium.app/Contents/MacOS/Chromium',
  ]);
}

export const CHROMIUM_ADVICE =
  'install Chromium (Debian: apt-get install chromium fonts-liberation) or set SIGHTLINE_CHROMIUM to its path';

/**
 * A Python and its Jupyter packages: `run` executes notebooks from scripts, `convert` makes HTML, `lab` and
 * `notebook` are servers.
 */
export interface Jupyter {
  readonly python: string;
  readonly run: boolean;
  readonly convert: boolean;
  readonly lab: boolean;
  readonly notebook: boolean;
}

export const JUPYTER_ADVICE =
  'install Jupyter (Debian: apt-get install jupyter-notebook jupyter-nbconvert python3-nbclient; ' +
  'elsewhere: pip install -r environment/requirements.txt, or conda env create -f environment/environment.yml)';

const MODULES = { run: 'nbclient', convert: 'nbconvert', lab: 'jupyterlab', notebook: 'notebook' } as const;

/**
 * Finds a Python that can run notebooks: SIGHTLINE_PYTHON, the project's `.venv`, the PATH's, then the
 * system's; one with JupyterLab comes before one without.
 */
export function findJupyter(projectFolder: string): Jupyter | undefined {
  const named = process.env.SIGHTLINE_PYTHON;
  const names = named
    ? [named]
    : [join(projectFolder, '.venv/bin/python'), 'python3', 'python', '/usr/bin/python3'];
  const found = [...new Set(names.map((name) => findProgram([name])))]
    .filter((python) => python !== undefined)
    .map(askJupyter)
    .filter((jupyter) => jupyter !== undefined);
  return (
    found.find(({ run, lab }) => run && lab) ??
    found.find(({ run }) => run) ??
    found.find(({ lab, notebook }) => lab || notebook)
  );
}

/** Which Jupyter packages a Python has; nothing where it does not run. */
export function askJupyter(python: string): Jupyter | undefined {
  const question =
    'import importlib.util as u, sys; print(*[int(u.find_spec(m) is not None) for m in sys.argv[1:]])';
  const answer = spawnSync(python, ['-c', question, ...Object.values(MODULES)], { encoding: 'utf8' });
  if (answer.status !== 0) return undefined;
  const flags = answer.stdout.trim().split(' ');
  const has = Object.fromEntries(Object.keys(MODULES).map((key, i) => [key, flags[i] === '1']));
  return { python, ...(has as Record<keyof typeof MODULES, boolean>) };
}

function canRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
