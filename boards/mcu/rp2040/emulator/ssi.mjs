// What stands between the core and its flash: the SSI, the chip select pin and the XIP cache's registers.
//
// Reads through the execute-in-place window are rp2040js's own. These take the commands that firmware sends by itself, as
// the boot ROM's flash functions do (RP2040 datasheet, sections 2.6.3, 2.19.6 and 4.10.13).

import { Registers } from './registers.mjs';

const CTRLR0 = 0x00;
const CTRLR1 = 0x04;
const SSIENR = 0x08;
const TXFLR = 0x20;
const RXFLR = 0x24;
const SR = 0x28;
const IDR = 0x58;
const VERSION_ID = 0x5c;
const DR0 = 0x60;
const DR35 = 0xec;

const TRANSMIT_NOT_FULL_EMPTY = 0b110;
const RECEIVE_NOT_EMPTY = 0b1000;
const TMOD_EEPROM_READ = 3;

export class Ssi extends Registers {
  #flash;
  #received = [];
  /** The SSI itself drives the chip select; otherwise software does. */
  #drivesSelect = true;
  #inTransfer = false;

  constructor(chip, flash) {
    super(chip, 'SSI');
    this.#flash = flash;
  }

  /** What the pin's output override says: `undefined` is "as the SSI drives it". */
  overrideSelect(low) {
    this.#endTransfer();
    this.#flash.release();
    this.#drivesSelect = low === undefined;
    if (low === true) {
      this.#flash.select();
    }
  }

  readUint32(offset) {
    if (offset >= DR0 && offset <= DR35) {
      return this.#received.shift() ?? 0;
    }
    switch (offset) {
      case TXFLR:
        return 0;
      case RXFLR:
        return this.#received.length;
      case SR:
        // Whoever looks whether it is still busy finds that it is not: what it drove is over.
        this.#endTransfer();
        return TRANSMIT_NOT_FULL_EMPTY | (this.#received.length > 0 ? RECEIVE_NOT_EMPTY : 0);
      case IDR:
        return 0x51535049;
      case VERSION_ID:
        return 0x3430312a;
      default:
        return super.readUint32(offset);
    }
  }

  writeUint32(offset, value) {
    if (offset >= DR0 && offset <= DR35) {
      this.#send(value);
      return;
    }
    if (offset === SSIENR && (value & 1) === 0) {
      this.#endTransfer();
      this.#received = [];
    }
    super.writeUint32(offset, value);
  }

  #send(value) {
    const control = super.readUint32(CTRLR0);
    const [bits, lines] = [((control >> 16) & 31) + 1, (control >> 21) & 3];
    if (bits !== 8 || lines !== 0) {
      // Wide or quad frames only set the flash up for execute-in-place, which needs nothing here.
      return;
    }
    if (this.#drivesSelect && !this.#inTransfer) {
      this.#flash.select();
      this.#inTransfer = true;
    }
    const answer = this.#flash.exchange(value & 0xff);
    if (((control >> 8) & 3) === TMOD_EEPROM_READ) {
      for (let left = super.readUint32(CTRLR1); left >= 0; left--) {
        this.#received.push(this.#flash.exchange(0xff));
      }
    } else {
      this.#received.push(answer);
    }
  }

  #endTransfer() {
    if (this.#inTransfer) {
      this.#inTransfer = false;
      this.#flash.release();
    }
  }
}

/** The pins of the flash, of which the chip select matters. */
export class QspiPins extends Registers {
  static #SELECT_CONTROL = 0x0c;
  #ssi;
  #override = 0;

  constructor(chip, ssi) {
    super(chip, 'IO_QSPI');
    this.#ssi = ssi;
  }

  writeUint32(offset, value) {
    super.writeUint32(offset, value);
    if (offset !== QspiPins.#SELECT_CONTROL) {
      return;
    }
    const [LOW, HIGH] = [2, 3];
    const override = (value >> 8) & 3;
    if (override !== this.#override) {
      this.#override = override;
      this.#ssi.overrideSelect(override === LOW ? true : override === HIGH ? false : undefined);
    }
  }
}

/** The cache's registers: always flushed, and no stream under way. */
export class XipControl extends Registers {
  static #STATUS = 0x08;
  static #FLUSH_READY_FIFO_EMPTY = 0b11;

  readUint32(offset) {
    return offset === XipControl.#STATUS ? XipControl.#FLUSH_READY_FIFO_EMPTY : super.readUint32(offset);
  }

  writeUint32(offset, value) {
    const FLUSH = 0x04;
    if (offset !== FLUSH) {
      super.writeUint32(offset, value);
    }
  }
}
