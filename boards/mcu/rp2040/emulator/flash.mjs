// The serial flash of a Pico: a W25Q16JV of 2 MB, kept in a file.

import fs from 'node:fs';

export const FLASH_SIZE = 2 * 1024 * 1024;

const PAGE = 256;

/** The commands of the datasheet, section 8.1.2, that firmware for this chip uses on one data line. */
const WRITE_STATUS = 0x01;
const PAGE_PROGRAM = 0x02;
const READ_DATA = 0x03;
const WRITE_DISABLE = 0x04;
const READ_STATUS_1 = 0x05;
const WRITE_ENABLE = 0x06;
const READ_STATUS_2 = 0x35;
const READ_UNIQUE_ID = 0x4b;
const READ_JEDEC_ID = 0x9f;
/** How much each erase command erases. */
const ERASES = new Map([[0x20, 4096], [0x52, 32768], [0xd8, 65536]]);

const WRITE_ENABLED = 2;
const QUAD_ENABLED = 2;
const JEDEC_ID = [0xef, 0x40, 0x15];

/** Opens a flash file, or makes one that is erased. */
export function openFlash(file, cutAfter = Infinity) {
  if (!fs.existsSync(file)) {
    fs.writeFileSync(file, Buffer.alloc(FLASH_SIZE, 0xff));
  }
  const bytes = fs.readFileSync(file);
  if (bytes.length !== FLASH_SIZE) {
    throw new Error(`${file} has ${bytes.length} bytes; this flash has ${FLASH_SIZE}`);
  }
  return new SerialFlash(bytes, fs.openSync(file, 'r+'), cutAfter);
}

/** A flash on an SPI bus: selected, bytes exchanged, released. Erases and programs take no time and are never busy. */
export class SerialFlash {
  #descriptor;
  #operations = 0;
  #cutAfter;
  #selected = false;
  /** What was sent since it was selected. */
  #command = [];
  #writeEnabled = false;
  /** A Pico's flash leaves its factory with the quad mode on. */
  #status2 = QUAD_ENABLED;
  /** There is no telling two emulated flashes apart by it. */
  #uniqueId = [0, 0, 0, 0, 0, 0, 0, 0];

  /** `memory` is its contents, which the chip's execute-in-place hardware reads by itself. */
  constructor(memory, descriptor, cutAfter) {
    this.memory = memory;
    this.#descriptor = descriptor;
    this.#cutAfter = cutAfter;
  }

  select() {
    this.#selected = true;
    this.#command = [];
  }

  /** Erases and programs begin when the flash is released. */
  release() {
    if (this.#selected) {
      this.#selected = false;
      this.#execute();
    }
  }

  /** Takes a byte and gives the one that stands on the bus meanwhile. */
  exchange(sent) {
    if (!this.#selected) {
      return 0xff;
    }
    const place = this.#command.push(sent) - 1;
    if (place === 0) {
      return 0xff;
    }
    switch (this.#command[0]) {
      case READ_STATUS_1:
        return this.#writeEnabled ? WRITE_ENABLED : 0;
      case READ_STATUS_2:
        return this.#status2;
      case READ_JEDEC_ID:
        return JEDEC_ID[place - 1] ?? 0xff;
      case READ_UNIQUE_ID:
        return place < 5 ? 0xff : this.#uniqueId[(place - 5) % this.#uniqueId.length];
      case READ_DATA:
        return place < 4 ? 0xff : this.memory[(this.#address() + place - 4) % FLASH_SIZE];
      default:
        return 0xff;
    }
  }

  #address() {
    const [, high, middle, low] = this.#command;
    return ((high << 16) | (middle << 8) | low) % FLASH_SIZE;
  }

  #execute() {
    const [command] = this.#command;
    if (command === WRITE_ENABLE || command === WRITE_DISABLE) {
      this.#writeEnabled = command === WRITE_ENABLE;
      return;
    }
    if (!this.#writeEnabled) {
      return;
    }
    const length = this.#command.length;
    if (command === PAGE_PROGRAM && length > 4) {
      this.#program();
    } else if (ERASES.has(command) && length === 4) {
      const size = ERASES.get(command);
      const from = this.#address() & -size;
      this.#change(from, new Uint8Array(size).fill(0xff));
    } else if (command === WRITE_STATUS && length > 2) {
      this.#status2 = this.#command[2];
    } else {
      return;
    }
    this.#writeEnabled = false;
  }

  /** Programming only clears bits, and wraps round at the end of a page. */
  #program() {
    const address = this.#address();
    const from = address & -PAGE;
    const next = this.memory.slice(from, from + PAGE);
    this.#command.slice(4).forEach((byte, place) => {
      next[(address + place) % PAGE] &= byte;
    });
    this.#change(from, next);
  }

  /** An erase or a program: in memory and in the file, or half of it and then the end. */
  #change(from, next) {
    this.#operations += 1;
    const cut = this.#operations === this.#cutAfter;
    const changed = [...next.keys()].filter((place) => this.memory[from + place] !== next[place]);
    const done = cut ? changed.slice(0, changed.length >> 1) : changed;
    for (const place of done) {
      this.memory[from + place] = next[place];
    }
    fs.writeSync(this.#descriptor, this.memory, from, next.length, from);
    if (cut) {
      process.kill(process.pid, 'SIGKILL');
    }
  }
}
