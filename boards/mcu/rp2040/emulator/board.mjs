// A Pico: the chip from rp2040js with what that leaves out, its flash, its cable, and time that costs nothing while it waits.

import { ConsoleLogger, LogLevel, RP2040 } from 'rp2040js';

import { faultOnNothing } from './faults.mjs';
import { Processor } from './processor.mjs';
import { Registers } from './registers.mjs';
import { RingOscillator } from './rosc.mjs';
import { QspiPins, Ssi, XipControl } from './ssi.mjs';
import { Uart } from './uart.mjs';

/** Where rp2040js looks for peripherals: their addresses without the last 12 bits. */
const XIP_CONTROL = 0x14000;
const SSI = 0x18000;
const IO_QSPI = 0x40018;
const UART0 = 0x40034;
const UART0_INTERRUPT = 20;
const ROSC = 0x40060;
const VREG_AND_CHIP_RESET = 0x40064;

export class Board {
  #chip;
  #uart;
  #processor;
  #sent = [];

  /** Called with bytes that the firmware sent on its cable. */
  onSent = () => {};

  /** `image` is laid over `flash`, as by a programmer; the flash's file does not see it. */
  constructor(bootRom, flash, image) {
    const chip = new RP2040();
    chip.logger = new ConsoleLogger(LogLevel.Error);
    faultOnNothing(chip);
    this.#chip = chip;
    this.#uart = this.#fit(flash);
    this.#uart.onByte = (byte) => this.#sent.push(byte);
    this.#processor = new Processor(chip, () => this.#deliver());

    const words = new Uint32Array(bootRom.buffer.slice(bootRom.byteOffset, bootRom.byteOffset + bootRom.length));
    chip.loadBootrom(words);
    // That erased the chip's flash.
    for (const { offset, bytes } of image) {
      flash.memory.set(bytes, offset);
    }
    chip.flash.set(flash.memory);
    flash.memory = chip.flash.subarray(0, flash.memory.length);
  }

  /** Power on: the core begins in its boot ROM. */
  start() {
    this.#processor.wake();
  }

  /** Bytes from the other end of the cable. */
  receive(bytes) {
    this.#processor.wake(() => this.#uart.send(bytes));
  }

  /** From 0x20000000 on. */
  get ram() {
    return this.#chip.sram;
  }

  #fit(flash) {
    const chip = this.#chip;
    const { peripherals } = chip;
    const ssi = new Ssi(chip, flash);
    const uart = new Uart(chip, 'UART0', UART0_INTERRUPT);
    peripherals[SSI] = ssi;
    peripherals[IO_QSPI] = new QspiPins(chip, ssi);
    peripherals[XIP_CONTROL] = new XipControl(chip, 'XIP_CTRL');
    peripherals[ROSC] = new RingOscillator(chip, 'ROSC');
    peripherals[VREG_AND_CHIP_RESET] = new Registers(chip, 'VREG_AND_CHIP_RESET');
    peripherals[UART0] = uart;
    // The button BOOTSEL is not pressed: its pin, the flash's chip select, is pulled up (the pad's value after reset).
    const [, select] = chip.qspi;
    select.padValue = 0x5a;
    select.setInputValue(true);
    return uart;
  }

  #deliver() {
    if (this.#sent.length > 0) {
      this.onSent(Buffer.from(this.#sent));
      this.#sent = [];
    }
  }
}
