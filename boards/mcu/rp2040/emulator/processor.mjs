// Runs the core: as fast as this machine can while there is something to do, not at all while it waits.
//
// The chip's time follows the core's cycles. While the core waits, it follows the clock on the wall: the process sleeps
// until the next alarm is due or something comes from outside. A core that was slower than the real one catches up then.

import { performance } from 'node:perf_hooks';

import { BusFault, enterHardFault, waitAsTheCoreDoes } from './faults.mjs';

/** How long the core runs before others of this process have their turn, in milliseconds. */
const TURN = 10;
const INSTRUCTIONS_BETWEEN_LOOKS = 4096;
/** An alarm this near is not slept for, but goes off at once: timers are not finer, and a byte on the line takes less. */
const NEAR = 2e6;

export class Processor {
  #chip;
  #afterTurn;
  /** When the chip's time began, on this machine's clock, in nanoseconds. */
  #began = now();
  #running = false;
  #sleep;
  #lockedUp = false;

  /** `afterTurn` is called when others have their turn. */
  constructor(chip, afterTurn) {
    this.#chip = chip;
    this.#afterTurn = afterTurn;
    waitAsTheCoreDoes(chip.core);
  }

  /** Something happens outside, `event`, or the time has come: the core runs where it waited. */
  wake(event = () => {}) {
    if (this.#running) {
      event();
      return;
    }
    clearTimeout(this.#sleep);
    this.#catchUp();
    event();
    this.#running = true;
    setImmediate(() => this.#turn());
  }

  #turn() {
    const end = performance.now() + TURN;
    while (this.#running && performance.now() < end) {
      if (this.#chip.core.waiting || this.#lockedUp) {
        this.#wait();
      } else {
        this.#run();
      }
    }
    this.#afterTurn();
    if (this.#running) {
      setImmediate(() => this.#turn());
    }
  }

  #run() {
    const { core, clock, clkSys } = this.#chip;
    const nanosPerCycle = 1e9 / clkSys;
    try {
      for (let left = INSTRUCTIONS_BETWEEN_LOOKS; left > 0 && !core.waiting; left--) {
        clock.tick(core.executeInstruction() * nanosPerCycle);
      }
    } catch (error) {
      if (!(error instanceof BusFault)) {
        throw error;
      }
      this.#fault(error);
    }
  }

  /** Goes on to the next alarm where it is near; otherwise sleeps. */
  #wait() {
    const { clock } = this.#chip;
    const alarm = clock.nextAlarm;
    const away = alarm === null ? Infinity : alarm.nanos - (now() - this.#began);
    if (away <= NEAR) {
      clock.tick(Math.max(alarm.nanos - clock.nanos, 0));
      return;
    }
    this.#running = false;
    if (alarm !== null) {
      this.#sleep = setTimeout(() => this.wake(), away / 1e6);
    }
  }

  /** Never over an alarm: the core has to run before the next one goes off. */
  #catchUp() {
    const { clock } = this.#chip;
    const wall = now() - this.#began;
    if (clock.nanos < wall && (clock.nextAlarm === null || clock.nextAlarm.nanos > wall)) {
      clock.tick(wall - clock.nanos);
    }
  }

  #fault(fault) {
    const { core } = this.#chip;
    const place = `${fault.message}, at about ${hex(core.PC - 2)}, stack at ${hex(core.SP)}`;
    this.#lockedUp = !enterHardFault(core);
    console.error(`rp2040: ${place}${this.#lockedUp ? '; the core is locked up' : ''}`);
  }
}

function now() {
  return performance.now() * 1e6;
}

function hex(address) {
  return `0x${(address >>> 0).toString(16).padStart(8, '0')}`;
}
