// A PL011 UART (RP2040 datasheet, section 4.2) at the end of a line: bytes come as fast as the baud rate lets them, wait in
// the FIFO, and are lost when it is full. Sending takes no time.
//
// rp2040js has a UART too, but its transmit interrupt is always on, which firmware that waits for it never survives.

import { BasePeripheral } from 'rp2040js';

const DR = 0x00;
const RSR = 0x04;
const FR = 0x18;
const IBRD = 0x24;
const FBRD = 0x28;
const LCR_H = 0x2c;
const CR = 0x30;
const IFLS = 0x34;
const IMSC = 0x38;
const RIS = 0x3c;
const MIS = 0x40;
const ICR = 0x44;
const DMACR = 0x48;
const PERIPHERAL_ID = 0xfe0;

const FIFO = 32;
/** Levels at which the receive interrupt comes, by IFLS. */
const LEVELS = [4, 8, 16, 24, 28];
const BITS_PER_BYTE = 10;
/** The receive timeout, in bits. */
const QUIET = 32;

const TRANSMIT_EMPTY = 1 << 7;
const RECEIVE_FULL = 1 << 6;
const RECEIVE_EMPTY = 1 << 4;

const OVERRUN_INTERRUPT = 1 << 10;
const TIMEOUT_INTERRUPT = 1 << 6;
const TRANSMIT_INTERRUPT = 1 << 5;
const RECEIVE_INTERRUPT = 1 << 4;
const OVERRUN = 1 << 11;

export class Uart extends BasePeripheral {
  #interrupt;
  #registers = { [IBRD]: 0, [FBRD]: 0, [LCR_H]: 0, [CR]: 0x300, [IFLS]: 0x12, [IMSC]: 0, [DMACR]: 0 };
  #raised = 0;
  #fifo = [];
  /** On its way along the line. */
  #line = [];
  #nextByte;
  #timeout;
  #overrun = false;

  /** Called with each byte that the firmware sends. */
  onByte = () => {};

  constructor(chip, name, interrupt) {
    super(chip, name);
    this.#interrupt = interrupt;
    this.#nextByte = chip.clock.createAlarm(() => this.#arrive());
    this.#timeout = chip.clock.createAlarm(() => this.#raise(TIMEOUT_INTERRUPT));
  }

  /** Bytes set out on the line towards this UART. */
  send(bytes) {
    this.#line.push(...bytes);
    if (!this.#nextByte.scheduled) {
      this.#nextByte.schedule(this.#nanos(BITS_PER_BYTE));
    }
  }

  readUint32(offset) {
    switch (offset) {
      case DR:
        return this.#take();
      case RSR:
        return 0;
      case FR:
        return (
          TRANSMIT_EMPTY |
          (this.#fifo.length === 0 ? RECEIVE_EMPTY : 0) |
          (this.#fifo.length === FIFO ? RECEIVE_FULL : 0)
        );
      case RIS:
        return this.#raised;
      case MIS:
        return this.#raised & this.#registers[IMSC];
    }
    if (offset >= PERIPHERAL_ID) {
      return [0x11, 0x10, 0x34, 0x00, 0x0d, 0xf0, 0x05, 0xb1][(offset - PERIPHERAL_ID) >> 2] ?? 0;
    }
    return this.#registers[offset] ?? 0;
  }

  writeUint32(offset, value) {
    switch (offset) {
      case DR:
        this.onByte(value & 0xff);
        this.#raise(TRANSMIT_INTERRUPT);
        break;
      case ICR:
        this.#raised &= ~this.rawWriteValue;
        this.#signal();
        break;
      default:
        if (offset in this.#registers) {
          this.#registers[offset] = value >>> 0;
          this.#signal();
        }
    }
  }

  get #on() {
    const [UART, RECEIVER] = [1, 1 << 9];
    return (this.#registers[CR] & (UART | RECEIVER)) === (UART | RECEIVER);
  }

  get #level() {
    const FIFO_ENABLED = 1 << 4;
    return this.#registers[LCR_H] & FIFO_ENABLED ? (LEVELS[(this.#registers[IFLS] >> 3) & 7] ?? FIFO) : 1;
  }

  /** How long so many bits take; at 115,200 baud where the firmware has set none. */
  #nanos(bits) {
    const divisor = this.#registers[IBRD] + this.#registers[FBRD] / 64;
    const baud = divisor > 0 ? this.rp2040.clkPeri / (16 * divisor) : 115_200;
    return (bits * 1e9) / baud;
  }

  #arrive() {
    const byte = this.#line.shift();
    // An alarm that has gone off still counts as scheduled.
    this.#nextByte.cancel();
    if (this.#line.length > 0) {
      this.#nextByte.schedule(this.#nanos(BITS_PER_BYTE));
    }
    if (!this.#on) {
      return;
    }
    if (this.#fifo.length === FIFO) {
      this.#overrun = true;
      this.#raise(OVERRUN_INTERRUPT);
      return;
    }
    this.#fifo.push(byte);
    this.#timeout.schedule(this.#nanos(QUIET));
    if (this.#fifo.length >= this.#level) {
      this.#raise(RECEIVE_INTERRUPT);
    }
  }

  #take() {
    if (this.#fifo.length === 0) {
      return 0;
    }
    const byte = this.#fifo.shift() | (this.#overrun ? OVERRUN : 0);
    this.#overrun = false;
    if (this.#fifo.length < this.#level) {
      this.#raised &= ~RECEIVE_INTERRUPT;
    }
    if (this.#fifo.length === 0) {
      this.#raised &= ~TIMEOUT_INTERRUPT;
      this.#timeout.cancel();
    }
    this.#signal();
    return byte;
  }

  #raise(interrupt) {
    this.#raised |= interrupt;
    this.#signal();
  }

  #signal() {
    this.rp2040.setInterrupt(this.#interrupt, (this.#raised & this.#registers[IMSC]) !== 0);
  }
}
