"""Who can call whom in an image, read from its instructions.

Direct calls and jumps are edges. A function whose address is formed by an instruction or lies among a function's
literals may be called by whoever holds it: an edge, too. One whose address lies in other data (a vtable, the vector
table) may be called by anybody: a root.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from capstone import (
    CS_ARCH_ARM,
    CS_ARCH_RISCV,
    CS_MODE_MCLASS,
    CS_MODE_RISCV32,
    CS_MODE_RISCVC,
    CS_MODE_THUMB,
    CS_MODE_V8,
    Cs,
)

from images import riscv, thumb
from images.elf import Span


@dataclass
class Calls:
    """The graph. Functions are known by the address at which they start."""

    edges: dict = field(default_factory=lambda: defaultdict(dict))  # caller: {callee: the first place where it says so}
    sites: dict = field(default_factory=lambda: defaultdict(list))  # callee: [(place, caller)]
    roots: set = field(default_factory=set)
    pointers: list = field(default_factory=list)  # (place, address) of data that code refers to
    unknown: list = field(default_factory=list)  # places of instructions that the disassembler does not know

    def add(self, place, caller, callee):
        """Notes that `caller` can come to `callee`."""
        if caller.span.start != callee.span.start:
            self.edges[caller.span.start].setdefault(callee.span.start, place)
            self.sites[callee.span.start].append((place, caller.span.start))

    def paths(self):
        """The shortest way from a root to each function, as a list of functions that ends with it."""
        ways = {root: [root] for root in sorted(self.roots)}
        front = list(ways)
        while front:
            following = []
            for function in front:
                for callee in self.edges[function]:
                    if callee not in ways:
                        ways[callee] = [*ways[function], callee]
                        following.append(callee)
            front = following
        return ways


def read_calls(image):
    """The graph of an image."""
    calls = Calls()
    disassembler, meaning = _disassembler(image)
    for span in image.code:
        for part in _by_function(image, span):
            _read_code(image, calls, part, disassembler, meaning)
    _read_data(image, calls)
    entry = image.function_of(image.entry & ~1)
    if entry:
        calls.roots.add(entry.span.start)
    return calls


def _disassembler(image):
    if image.arm:
        return Cs(CS_ARCH_ARM, CS_MODE_THUMB | CS_MODE_MCLASS | CS_MODE_V8), thumb.Meaning
    return Cs(CS_ARCH_RISCV, CS_MODE_RISCV32 | CS_MODE_RISCVC), riscv.Meaning


def _by_function(image, span):
    """A span of code, cut where functions begin."""
    at = span.start
    while at < span.end:
        function = image.function_of(at)
        if at < function.end:
            yield Span(at, min(span.end, function.end))
        at = function.span.end


def _read_code(image, calls, span, disassembler, meaning):
    function = image.function_of(span.start)
    meant = meaning()
    for place, mnemonic, operands in _instructions(image, calls, span, disassembler):
        target = meant.branch(place, mnemonic, operands)
        if target is not None and target not in function.span:
            callee = image.function_of(target)
            if callee:
                calls.add(place, function, callee)
        formed = meant.address(place, mnemonic, operands)
        if formed is not None:
            _note_address(image, calls, place, formed)


def _instructions(image, calls, span, disassembler):
    """(place, mnemonic, operands); what the disassembler does not know is noted and stepped over."""
    at, data = span.start, image.bytes(span)
    while at < span.end:
        for place, size, mnemonic, operands in disassembler.disasm_lite(data[at - span.start :], at):
            yield place, mnemonic, operands
            at = place + size
        if at < span.end:
            calls.unknown.append(at)
            first = int.from_bytes(data[at - span.start :][:2], "little")
            at += thumb.length(first) if image.arm else riscv.length(first)


def _note_address(image, calls, place, value):
    callee = image.pointed_function(value)
    if callee:
        calls.add(place, image.function_of(place), callee)
    elif image.is_loaded(value) and not image.is_code(value):
        calls.pointers.append((place, value))


def _read_data(image, calls):
    for span in image.data:
        for place, value in image.words(span):
            owner = image.function_of(place)
            if owner:
                _note_address(image, calls, place, value)
            elif callee := image.pointed_function(value):
                calls.roots.add(callee.span.start)
            elif image.is_loaded(value) and not image.is_code(value):
                calls.pointers.append((place, value))
