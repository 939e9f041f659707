import { describe, expect, it } from 'vitest';
import { type VulkanMachine, vulkanEnvironment } from './vulkan.js';

/** A Linux machine with these files, on which these variables are set. */
function machine(files: readonly string[], environment: VulkanMachine['environment'] = {}): VulkanMachine {
  return {
    platform: 'linux',
    environment: { XDG_DATA_HOME: '/home/data', ...environment },
    exists: (path) => files.includes(path),
    list: (folder) =>
      files.filter((file) => file.startsWith(`${folder}/`)).map((file) => file.slice(folder.length + 1)),
  };
}

const chromium = '/usr/lib/chromium/vk_swiftshader_icd.json';
const software = { VK_ICD_FILENAMES: chromium, LD_LIBRARY_PATH: '/usr/lib/chromium' };

describe('vulkanEnvironment', () => {
  it("takes Chromium's driver where there is no other", () => {
    expect(vulkanEnvironment(machine([chromium]))).toEqual(software);
  });

  it('keeps the folders in which libraries are looked for', () => {
    expect(vulkanEnvironment(machine([chromium], { LD_LIBRARY_PATH: '/opt/lib' }))).toEqual({
      ...software,
      LD_LIBRARY_PATH: '/opt/lib:/usr/lib/chromium',
    });
  });

  it.each(['VK_ICD_FILENAMES', 'VK_DRIVER_FILES', 'VK_ADD_DRIVER_FILES'])(
    'changes nothing where %s is set',
    (name) => {
      expect(vulkanEnvironment(machine([chromium], { [name]: '/my/driver.json' }))).toEqual({});
    },
  );

  it.each([
    ['/dev/dri/renderD128', '/usr/share/vulkan/icd.d/radeon_icd.x86_64.json'],
    ['/dev/nvidia0', '/etc/vulkan/icd.d/nvidia_icd.json'],
    ['/dev/nvidia0', '/home/data/vulkan/icd.d/nvidia_icd.json'],
  ])('leaves a GPU to its driver: %s with %s', (device, driver) => {
    expect(vulkanEnvironment(machine([chromium, device, driver]))).toEqual({});
  });

  it.each([
    ['a GPU without a driver', '/dev/nvidia0'],
    ['a driver without a GPU', '/usr/share/vulkan/icd.d/radeon_icd.x86_64.json'],
  ])("takes Chromium's driver beside %s", (_, file) => {
    expect(vulkanEnvironment(machine([chromium, file]))).toEqual(software);
  });

  it("takes no notice of Mesa's software driver, which WebGPU refuses", () => {
    const files = [chromium, '/dev/dri/renderD128', '/usr/share/vulkan/icd.d/lvp_icd.x86_64.json'];
    expect(vulkanEnvironment(machine(files))).toEqual(software);
  });

  it('changes nothing without Chromium or away from Linux', () => {
    expect(vulkanEnvironment(machine([]))).toEqual({});
    expect(vulkanEnvironment({ ...machine([chromium]), platform: 'darwin' })).toEqual({});
  });
});
