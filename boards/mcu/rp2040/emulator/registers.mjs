// A peripheral that only remembers what is written to it, for those that need not do more.

import { BasePeripheral } from 'rp2040js';

export class Registers extends BasePeripheral {
  #values = new Map();

  readUint32(offset) {
    return this.#values.get(offset) ?? 0;
  }

  writeUint32(offset, value) {
    this.#values.set(offset, value >>> 0);
  }
}
