import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** The facts about a machine that decide which Vulkan driver to use. */
export interface VulkanMachine {
  readonly platform: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly exists: (path: string) => boolean;
  /** The names of the entries of a folder; empty when the folder does not exist. */
  readonly list: (folder: string) => readonly string[];
}

const thisMachine: VulkanMachine = {
  platform: process.platform,
  environment: process.env,
  exists: existsSync,
  list: (folder) => (existsSync(folder) ? readdirSync(folder) : []),
};

/** Chromium and Chrome ship SwiftShader, a software Vulkan driver, and a Vulkan loader. */
const browsers = ['/usr/lib/chromium', '/usr/lib64/chromium-browser', '/opt/google/chrome'];
const driver = 'vk_swiftshader_icd.json';

/** The variables of the Vulkan loader that select a driver. */
const choices = ['VK_ICD_FILENAMES', 'VK_DRIVER_FILES', 'VK_ADD_DRIVER_FILES'];

/**
 * The environment variables with which a process finds a Vulkan driver. Empty when the user has selected a
 * driver or a GPU driver is installed; otherwise those for the software driver of an installed Chromium.
 */
export function vulkanEnvironment(machine = thisMachine): Readonly<Record<string, string>> {
  const { environment, exists } = machine;
  if (machine.platform !== 'linux' || choices.some((name) => environment[name]) || hasGpu(machine)) return {};
  const folder = browsers.find((browser) => exists(join(browser, driver)));
  if (folder === undefined) return {};
  const libraries = [environment.LD_LIBRARY_PATH, folder].filter(Boolean).join(':');
  return { VK_ICD_FILENAMES: join(folder, driver), LD_LIBRARY_PATH: libraries };
}

/** Whether the machine has a GPU and a driver for it. Mesa's software driver (lavapipe) does not count. */
export function hasGpu({ environment, list, exists } = thisMachine): boolean {
  const devices = list('/dev/dri').some((name) => name.startsWith('renderD')) || exists('/dev/nvidia0');
  const data = environment.XDG_DATA_HOME ?? join(homedir(), '.local/share');
  const folders = ['/usr/share', '/usr/local/share', '/etc', data].map((base) => join(base, 'vulkan/icd.d'));
  return devices && folders.flatMap(list).some((name) => name.endsWith('.json') && !name.startsWith('lvp_'));
}
