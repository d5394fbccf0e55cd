"""What Thumb instructions say of the way on: targets of branches, addresses that are formed."""

import re

# Every branch with a target in it: b, b.w, beq, bl, blx #, cbz r0, and the low-overhead loops of v8.1-M.
BRANCH = re.compile(r"(?:b|bl|blx|b[a-z]{2}|cbn?z|le|wls|dls)(?:\.[nw])?$")
TARGET = re.compile(r"#(-?(?:0x[0-9a-f]+|\d+))$")


def length(first):
    """Bytes of the instruction that begins with this halfword (Armv7-M reference manual, section A5.1)."""
    return 4 if first >> 11 in (0b11101, 0b11110, 0b11111) else 2


class Meaning:
    """Reads one run of instructions; remembers what halves of addresses are in which register."""

    def __init__(self):
        self._low = {}

    def branch(self, _place, mnemonic, operands):
        """The address that a branch or call goes to."""
        found = TARGET.search(operands) if BRANCH.match(mnemonic) else None
        return int(found.group(1), 0) if found else None

    def address(self, place, mnemonic, operands):
        """The address that is whole in a register now. Literals are found as data."""
        found = TARGET.search(operands)
        if not found:
            return None
        register, value = operands.split(",")[0], int(found.group(1), 0)
        if mnemonic == "movw":
            self._low[register] = value
        elif mnemonic == "movt":
            return value << 16 | self._low.get(register, 0)
        elif mnemonic in ("adr", "adr.w"):
            return (place + 4 & ~3) + value
        return None
