import { describe, expect, it } from 'vitest';
import { type VulkanMachine, vulkanEnvironment } from './vulkan.js';

/** A Linux machine with these files and environment variables. */
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
  it("selects Chromium's driver when there is no other", () => {
    expect(vulkanEnvironment(machine([chromium]))).toEqual(software);
  });

  it('keeps the folders of LD_LIBRARY_PATH', () => {
    expect(vulkanEnvironment(machine([chromium], { LD_LIBRARY_PATH: '/opt/lib' }))).toEqual({
      ...software,
      LD_LIBRARY_PATH: '/opt/lib:/usr/lib/chromium',
    });
  });

  it.each(['VK_ICD_FILENAMES', 'VK_DRIVER_FILES', 'VK_ADD_DRIVER_FILES'])(
    'sets nothing when %s is set',
    (name) => {
      expect(vulkanEnvironment(machine([chromium], { [name]: '/my/driver.json' }))).toEqual({});
    },
  );

  it.each([
    ['/dev/dri/renderD128', '/usr/share/vulkan/icd.d/radeon_icd.x86_64.json'],
    ['/dev/nvidia0', '/etc/vulkan/icd.d/nvidia_icd.json'],
    ['/dev/nvidia0', '/home/data/vulkan/icd.d/nvidia_icd.json'],
  ])('sets nothing for a GPU with its driver: %s with %s', (device, driver) => {
    expect(vulkanEnvironment(machine([chromium, device, driver]))).toEqual({});
  });

  it.each([
    ['a GPU without a driver', '/dev/nvidia0'],
    ['a driver without a GPU', '/usr/share/vulkan/icd.d/radeon_icd.x86_64.json'],
  ])("selects Chromium's driver with %s", (_, file) => {
    expect(vulkanEnvironment(machine([chromium, file]))).toEqual(software);
  });

  it("ignores Mesa's software driver, which WebGPU rejects", () => {
    const files = [chromium, '/dev/dri/renderD128', '/usr/share/vulkan/icd.d/lvp_icd.x86_64.json'];
    expect(vulkanEnvironment(machine(files))).toEqual(software);
  });

  it('sets nothing without Chromium or on other systems', () => {
    expect(vulkanEnvironment(machine([]))).toEqual({});
    expect(vulkanEnvironment({ ...machine([chromium]), platform: 'darwin' })).toEqual({});
  });
});
