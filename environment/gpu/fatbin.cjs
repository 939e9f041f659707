// Kernels of NVIDIA GPUs in an ELF library: section .nv_fatbin holds containers of entries, each for one generation.
const MAGIC = 0xba55ed50;
const CUBIN = 2;

/** The offset and size of a section of a 64-bit ELF file; undefined where it has none of this name. */
function sectionOf(elf, name) {
  const at = Number(elf.readBigUInt64LE(0x28));
  const [size, count, names] = [0x3a, 0x3c, 0x3e].map((field) => elf.readUInt16LE(field));
  const header = (index) => {
    const own = at + index * size;
    return {
      name: elf.readUInt32LE(own),
      offset: Number(elf.readBigUInt64LE(own + 0x18)),
      size: Number(elf.readBigUInt64LE(own + 0x20)),
    };
  };
  const text = header(names).offset;
  const wanted = Buffer.from(`${name}\0`);
  return Array.from({ length: count }, (_, index) => header(index)).find((section) =>
    elf.subarray(text + section.name, text + section.name + wanted.length).equals(wanted),
  );
}

/**
 * Fills the kernels of all generations but `generation` (such as 80) with zeros, in place, so that the library
 * compresses well; what is emptied stays listed. Returns the bytes kept and emptied.
 */
function keepGeneration(elf, generation) {
  const section = sectionOf(elf, '.nv_fatbin');
  const found = { kept: 0, emptied: 0 };
  if (!section) return found;
  let at = section.offset;
  const last = section.offset + section.size - 16;
  while (at < last) {
    if (elf.readUInt32LE(at) !== MAGIC) {
      at += 8;
      continue;
    }
    const end = at + elf.readUInt16LE(at + 6) + Number(elf.readBigUInt64LE(at + 8));
    for (let entry = at + elf.readUInt16LE(at + 6); entry < end; ) {
      const begin = entry + elf.readUInt32LE(entry + 4);
      const size = Number(elf.readBigUInt64LE(entry + 8));
      if (elf.readUInt16LE(entry) === CUBIN && elf.readUInt32LE(entry + 28) === generation)
        found.kept += size;
      else {
        elf.fill(0, begin, begin + size);
        found.emptied += size;
      }
      entry = begin + size;
    }
    at = end;
  }
  return found;
}

module.exports = { keepGeneration };
