// The ring oscillator, for its random bit: a real one, from this machine's generator.

import crypto from 'node:crypto';

import { Registers } from './registers.mjs';

const STATUS = 0x18;
const RANDOM_BIT = 0x1c;

const STABLE_ENABLED = 0x80001000;

export class RingOscillator extends Registers {
  #pool = Buffer.alloc(0);
  /** In bits. */
  #used = 0;

  readUint32(offset) {
    switch (offset) {
      case STATUS:
        return STABLE_ENABLED >>> 0;
      case RANDOM_BIT:
        return this.#bit();
      default:
        return super.readUint32(offset);
    }
  }

  #bit() {
    if (this.#used === this.#pool.length * 8) {
      this.#pool = crypto.randomBytes(1024);
      this.#used = 0;
    }
    const bit = (this.#pool[this.#used >> 3] >> (this.#used & 7)) & 1;
    this.#used += 1;
    return bit;
  }
}
