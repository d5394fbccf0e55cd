// Bus faults, which rp2040js does not have: an address where nothing is ends the instruction instead of reading as ones.

import { BasePeripheral } from 'rp2040js';

const HARD_FAULT = 3;

/** Thrown in the middle of an instruction. */
export class BusFault extends Error {
  constructor(access) {
    super(`bus fault: ${access} where nothing is`);
  }
}

class Nothing extends BasePeripheral {
  readUint32() {
    throw new BusFault('a read');
  }

  writeUint32() {
    throw new BusFault('a write');
  }

  writeUint32Atomic() {
    throw new BusFault('a write');
  }
}

/** Ranges that rp2040js serves by itself, beside the peripherals. The RAM is the one that is asked for most. */
const RAM = [0x20000000, 0x20042000];
const MEMORY = [
  RAM,
  [0xd0000000, 0xd0001000],
  [0x10000000, 0x14000000],
  [0x00000000, 0x00004000],
  [0xe000e000, 0xe000f000],
  [0x50100000, 0x50101000],
];

/** Makes every other address of a chip fault. */
export function faultOnNothing(chip) {
  const nothing = new Nothing(chip, 'nothing');
  const { findPeripheral, writeUint32 } = chip;
  chip.findPeripheral = (address) => {
    const found = findPeripheral.call(chip, address);
    if (found !== undefined) {
      return found;
    }
    const unsigned = address >>> 0;
    const isMemory = MEMORY.some(([from, to]) => unsigned >= from && unsigned < to);
    return isMemory ? undefined : nothing;
  };
  // rp2040js looks for a peripheral before it looks at the RAM, which takes a sixth of all time.
  chip.writeUint32 = (address, value) => {
    const unsigned = address >>> 0;
    if (unsigned >= RAM[0] && unsigned < RAM[1]) {
      chip.sramView.setUint32(unsigned - RAM[0], value, true);
    } else {
      writeUint32.call(chip, address, value);
    }
  };
}

/**
 * Enters the hard fault handler; `false` where that can't be: a fault in the handler itself, or no stack to enter it with.
 * The core is locked up then, until it is reset (ARMv6-M reference manual, section B1.5.14).
 */
export function enterHardFault(core) {
  if (core.IPSR === HARD_FAULT) {
    return false;
  }
  try {
    core.exceptionEntry(HARD_FAULT);
    return true;
  } catch (error) {
    if (error instanceof BusFault) {
      return false;
    }
    throw error;
  }
}

/**
 * Waiting, as the core does it. rp2040js enters a handler whatever is masked: with interrupts masked, a pending one only
 * ends the waiting; in the hard fault handler not even that.
 */
export function waitAsTheCoreDoes(core) {
  const { checkForInterrupts } = core;
  core.checkForInterrupts = () => {
    if (core.waiting && core.IPSR === HARD_FAULT) {
      return false;
    }
    if (core.waiting && core.PM) {
      return (core.pendingInterrupts & core.enabledInterrupts) !== 0;
    }
    return checkForInterrupts.call(core);
  };
}
