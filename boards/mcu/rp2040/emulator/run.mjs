// Runs a Raspberry Pi Pico from its firmware image, for as long as the process lives.

import fs from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { Board } from './board.mjs';
import { openCable } from './cable.mjs';
import { FLASH_SIZE, openFlash } from './flash.mjs';
import { readImage } from './image.mjs';

const USAGE = `usage: node run.mjs --image FILE --flash FILE --serial PATH [--bootrom FILE] [--cut-after N] [--ram FILE]

  --image FILE     the firmware: an ELF file, or a flat image of the flash from its beginning on
  --flash FILE     the flash, 2 MB, kept over runs; made, erased, where it does not exist. The firmware is laid over it
  --serial PATH    UART0: a terminal (a pty's path), a Unix socket to connect to, or fd:N for one that is open already
  --bootrom FILE   the chip's boot ROM; bootrom.bin beside this program by default
  --cut-after N    cut the power in the middle of the Nth erase or program of the flash, counted from 1
  --ram FILE       write the RAM, from 0x20000000 on, to FILE on SIGUSR2, and at the end on SIGTERM and SIGINT

Ends with 0 on SIGTERM and SIGINT, and when the other end of the cable is gone; by SIGKILL at a power cut; with 2 where it
can't start. Every erase and program is in the flash file before the firmware goes on: a killed board loses nothing else.`;

function argumentsGiven() {
  const { values } = parseArgs({
    options: {
      image: { type: 'string' },
      flash: { type: 'string' },
      serial: { type: 'string' },
      bootrom: { type: 'string', default: fileURLToPath(new URL('bootrom.bin', import.meta.url)) },
      'cut-after': { type: 'string' },
      ram: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(USAGE);
    process.exit(0);
  }
  for (const name of ['image', 'flash', 'serial']) {
    if (values[name] === undefined) {
      throw new Error(`--${name} is missing; --help tells more`);
    }
  }
  const cutAfter = values['cut-after'];
  if (cutAfter !== undefined && !/^[1-9][0-9]{0,8}$/.test(cutAfter)) {
    throw new Error('--cut-after takes a number from 1 on');
  }
  return { ...values, cutAfter: cutAfter === undefined ? Infinity : Number(cutAfter) };
}

function start() {
  const given = argumentsGiven();
  const image = readImage(given.image, FLASH_SIZE);
  const flash = openFlash(given.flash, given.cutAfter);
  const board = new Board(fs.readFileSync(given.bootrom), flash, image);

  const end = () => {
    keepRam();
    process.exit(0);
  };
  const keepRam = () => given.ram !== undefined && fs.writeFileSync(given.ram, board.ram);
  const cable = openCable(given.serial, { received: (bytes) => board.receive(bytes), gone: end });
  board.onSent = (bytes) => cable.write(bytes);
  process.on('SIGUSR2', keepRam);
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  board.start();
}

try {
  start();
} catch (error) {
  console.error(`rp2040: ${error.message}`);
  process.exit(2);
}
