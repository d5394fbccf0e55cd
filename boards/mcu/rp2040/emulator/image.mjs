// Firmware images: ELF files, and flat images of the flash.

import fs from 'node:fs';

const FLASH_ADDRESS = 0x10000000;

/** What an image puts into the flash: pieces of bytes, each with its offset from the beginning of the flash. */
export function readImage(file, flashSize) {
  const bytes = fs.readFileSync(file);
  const isElf = bytes.length >= 52 && bytes.readUInt32BE(0) === 0x7f454c46;
  const pieces = isElf ? segments(bytes, file) : [{ offset: 0, bytes }];
  for (const piece of pieces) {
    if (piece.offset < 0 || piece.offset + piece.bytes.length > flashSize) {
      throw new Error(`${file} does not fit into the flash`);
    }
  }
  if (pieces.length === 0) {
    throw new Error(`${file} puts nothing into the flash`);
  }
  return pieces;
}

/** The segments of an ELF file that are loaded, where they are loaded (not where they run). */
function segments(elf, file) {
  const [CLASS_32, LITTLE_ENDIAN, ARM, LOAD] = [1, 1, 40, 1];
  if (elf[4] !== CLASS_32 || elf[5] !== LITTLE_ENDIAN || elf.readUInt16LE(18) !== ARM) {
    throw new Error(`${file} is an ELF file, but not for this chip`);
  }
  const [table, size, count] = [elf.readUInt32LE(28), elf.readUInt16LE(42), elf.readUInt16LE(44)];
  const pieces = [];
  for (let at = table; at < table + size * count; at += size) {
    const [type, from, , address, length] = [0, 4, 8, 12, 16].map((field) => elf.readUInt32LE(at + field));
    if (type === LOAD && length > 0) {
      if (from + length > elf.length) {
        throw new Error(`${file} is cut short`);
      }
      pieces.push({ offset: address - FLASH_ADDRESS, bytes: elf.subarray(from, from + length) });
    }
  }
  return pieces;
}
