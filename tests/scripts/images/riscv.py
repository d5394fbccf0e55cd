"""What 32-bit RISC-V instructions say of the way on: targets of branches, addresses that are formed."""

import re

JUMP = re.compile(r"(?:c\.)?(?:j|jal|beq|bne|blt|bge|bltu|bgeu|beqz|bnez|blez|bgez|bltz|bgtz)$")
LOAD_OR_STORE = re.compile(r"(-?(?:0x[0-9a-f]+|\d+))\((\w+)\)$")
WORD = 0xFFFF_FFFF


def length(first):
    """Bytes of the instruction that begins with this halfword (unprivileged manual, "Instruction-Length Encoding")."""
    return 4 if first & 3 == 3 else 2


class Meaning:
    """Reads one run of instructions; remembers the upper parts of addresses.

    A register keeps what was put into it until another upper part is: a value that is gone can only add an edge.
    """

    def __init__(self):
        self._known = {}

    def branch(self, place, mnemonic, operands):
        """The address that a branch or call goes to."""
        parts = operands.split(", ")
        if JUMP.match(mnemonic):
            return place + int(parts[-1], 0) & WORD
        if mnemonic == "jalr" and len(parts) == 3 and parts[1] in self._known:
            return self._known[parts[1]] + int(parts[2], 0) & ~1 & WORD
        if mnemonic in ("jr", "jalr", "c.jr", "c.jalr") and parts[-1] in self._known:
            return self._known[parts[-1]]
        return None

    def address(self, place, mnemonic, operands):
        """The address that is whole in a register now, or that is read from or written to."""
        parts = operands.split(", ")
        mnemonic = mnemonic.removeprefix("c.")
        if mnemonic == "lui":
            self._known[parts[0]] = int(parts[1], 0) << 12 & WORD
        elif mnemonic == "auipc":
            self._known[parts[0]] = place + (int(parts[1], 0) << 12) & WORD
        elif mnemonic == "addi" and parts[-2] in self._known:
            whole = self._known[parts[-2]] + int(parts[-1], 0) & WORD
            if parts[0] == parts[-2]:
                self._known[parts[0]] = whole
            return whole
        elif (found := LOAD_OR_STORE.search(operands)) and found.group(2) in self._known:
            return self._known[found.group(2)] + int(found.group(1), 0) & WORD
        elif mnemonic == "mv" and parts[1] in self._known:
            return self._known[parts[1]]
        return None
