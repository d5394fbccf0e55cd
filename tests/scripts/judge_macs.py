#!/usr/bin/env python3
"""Judges what `nameplate mac-sequence` wrote: counts the same addresses by itself, and reads the file with Python's csv.

usage: judge_macs.py FILE START COUNT INCREMENT

START has six octets, with colons or hyphens. Ends with 0 and a line on standard output, or with 1 and the fault.
"""

import csv
import sys


def names(start, count, increment):
    """The common names by the service's rule: lower case, hyphens, `increment` added as to one number of 48 bits."""
    first = int(start.replace(":", "").replace("-", ""), 16)
    for place in range(count):
        digits = format(first + place * increment, "012x")
        yield "-".join(digits[at : at + 2] for at in range(0, 12, 2))


def main():
    _, path, start, count, increment = sys.argv
    with open(path, encoding="ascii", newline="") as file:
        text = file.read()
    expected = ["subject.common_name", *names(start, int(count), int(increment))]
    rows = list(csv.reader(text.splitlines(keepends=True), strict=True))
    if rows != [[name] for name in expected]:
        sys.exit(f"{path}: the values are not those of the sequence")
    if text != "".join(f'"{name}"\n' for name in expected):
        sys.exit(f"{path}: not every value is quoted, or a line does not end with LF alone")
    print(f"{len(rows) - 1} names accepted")


if __name__ == "__main__":
    main()
