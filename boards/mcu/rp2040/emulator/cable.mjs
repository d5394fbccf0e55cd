// The host's end of the cable: a terminal, a Unix socket, or a descriptor of either.

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import tty from 'node:tty';

/**
 * Opens `where`. `received` is called with what comes, `gone` when the other end is closed for good.
 * What is written while nobody reads waits.
 */
export function openCable(where, { received, gone }) {
  const { input, output } = open(where);
  input.on('data', received);
  for (const stream of new Set([input, output])) {
    for (const event of ['end', 'close', 'error']) {
      stream.on(event, gone);
    }
  }
  return output;
}

function open(where) {
  const given = /^fd:([0-9]+)$/.exec(where);
  if (given === null && fs.statSync(where).isSocket()) {
    const socket = net.connect(where);
    return { input: socket, output: socket };
  }
  const descriptor = given === null ? fs.openSync(where, fs.constants.O_RDWR | fs.constants.O_NOCTTY) : Number(given[1]);
  if (!tty.isatty(descriptor)) {
    const socket = new net.Socket({ fd: descriptor, readable: true, writable: true });
    return { input: socket, output: socket };
  }
  makeRaw(descriptor, where);
  return { input: new tty.ReadStream(descriptor), output: new tty.WriteStream(descriptor) };
}

/** Bytes as they are. Node's own raw mode still turns each line feed into two bytes on its way out. */
function makeRaw(descriptor, where) {
  const { status } = spawnSync('stty', ['115200', 'raw', '-echo'], { stdio: [descriptor, 'ignore', 'ignore'] });
  if (status !== 0) {
    throw new Error(`${where} can't be set up as a cable`);
  }
}
