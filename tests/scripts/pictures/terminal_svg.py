#!/usr/bin/env python3
"""A picture of a terminal, from a real run: runs a command in a pty and draws what stands on the screen as an SVG.

usage: terminal_svg.py [--columns N] [--rows N] [--until TEXT] [--press KEYS] [--crop] --output FILE -- COMMAND…

The picture is taken when TEXT stands on the screen and the command has drawn all of it, or else when the command has ended.
Text stays text: it can be searched and read aloud, and every character has its place whatever font there is.

It is run by the tests' interpreter: "$(tests/scripts/python-env)" tests/scripts/pictures/terminal_svg.py …
"""

import argparse
import errno
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from pathlib import Path

import pyte

from draw import svg

# A screen is whole when nothing came for so long, or at the latest after so long: a spinner never rests.
QUIET = 0.08
LATEST = 1.0


class Terminal(pyte.Screen):
    """A screen that answers what programs ask of it, such as where the cursor is."""

    def __init__(self, columns, rows, master):
        super().__init__(columns, rows)
        self.master = master

    def write_process_input(self, data):
        os.write(self.master, data.encode())

    def text(self):
        """What can be read on it; a line that was too long for it is one line."""
        return "\n".join(self.display)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--columns", type=int, default=100)
    parser.add_argument("--rows", type=int, default=30)
    parser.add_argument("--until", metavar="TEXT", help="take the picture when this stands on the screen [default: at the end]")
    parser.add_argument("--press", metavar="KEYS", help="press these keys then, and take the picture after them; escapes as in Python: \\r, \\x1b[B")
    parser.add_argument("--timeout", type=float, default=120, metavar="SECONDS", help="for how long TEXT, or the end, is waited for")
    parser.add_argument("--crop", action="store_true", help="leave out empty lines at the bottom")
    parser.add_argument("--title", help="what the picture is called for those who can't see it [default: the command]")
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("command", nargs="+")
    return parser.parse_args()


def start(command, columns, rows):
    """Starts the command with a terminal of its own; gives its process and our end."""
    process, master = pty.fork()
    if process == 0:
        # Before the program looks.
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        os.environ["TERM"] = "xterm-256color"
        os.environ.pop("NO_COLOR", None)
        try:
            os.execvp(command[0], command)
        except OSError as error:
            print(f"{command[0]}: {error.strerror}", file=sys.stderr)
            os._exit(127)
    return process, master


def read(master, wait):
    """What came within this time; None when nothing will come any more."""
    if not select.select([master], [], [], max(wait, 0))[0]:
        return b""
    try:
        return os.read(master, 65536) or None
    except OSError as error:
        # Linux: nobody has the other end any more.
        if error.errno == errno.EIO:
            return None
        raise


def rest(stream, master):
    """Takes in what is still drawn. False when nothing will come any more."""
    end = time.monotonic() + LATEST
    while time.monotonic() < end:
        data = read(master, QUIET)
        if not data:
            return data is not None
        stream.feed(data)
    return True


def watch(options, screen, stream, master):
    """Feeds the screen until the picture can be taken. What is wrong, or None."""
    end = time.monotonic() + options.timeout
    while True:
        data = read(master, min(0.1, end - time.monotonic()))
        if data is None:
            wanted = options.until is None or options.until in screen.text()
            return None if wanted else f"it ended, and {options.until!r} was never there"
        stream.feed(data)
        if options.until is not None and options.until in screen.text():
            break
        if time.monotonic() > end:
            return f"after {options.timeout:g} s it has not ended" if options.until is None else f"{options.until!r} was not there in {options.timeout:g} s"
    if rest(stream, master) and options.press:
        os.write(master, options.press.encode().decode("unicode_escape").encode("latin-1"))
        rest(stream, master)
    return None


def stop(process, master):
    """Ends what still runs: as an operator would, by Ctrl-C, and then outright."""
    for kind, patience in ((signal.SIGINT, 5), (signal.SIGKILL, 5)):
        end = time.monotonic() + patience
        try:
            os.killpg(process, kind)
        except ProcessLookupError:
            pass
        while time.monotonic() < end:
            # Read on, or it could not write its last words.
            if read(master, 0.05) is None:
                time.sleep(0.02)
            ended, status = os.waitpid(process, os.WNOHANG)
            if ended:
                return os.waitstatus_to_exitcode(status)
    return None


def main():
    options = arguments()
    process, master = start(options.command, options.columns, options.rows)
    screen = Terminal(options.columns, options.rows, master)
    stream = pyte.ByteStream(screen)
    fault = watch(options, screen, stream, master)
    picture = svg(screen, options.title or " ".join(options.command), options.crop)
    code = stop(process, master)
    if fault is None and options.until is None and code != 0:
        fault = f"it ended with {code}"
    if fault:
        print(f"{options.command[0]}: {fault}\n{screen.text().rstrip()}", file=sys.stderr)
        return 1
    options.output.write_text(picture, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
