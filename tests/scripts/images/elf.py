"""A linked image as the checks see it: memory, code and data, functions and their names.

Knows nothing of panics and budgets. Two families of cores: ARM with Thumb instructions, and 32-bit RISC-V.
"""

import bisect
import itertools
import pathlib
import re
import subprocess
from dataclasses import dataclass

from elftools.elf.constants import SH_FLAGS
from elftools.elf.elffile import ELFFile

# Marks in the symbol table that tell instructions from data (ELF for the Arm Architecture, section 5.5.5; RISC-V psABI,
# "Mapping symbol").
MARKS = re.compile(r"\$(?:[atxd])(?:\..*|rv.*)?$")
CRATE_HASH = re.compile(r"\[[0-9a-f]{6,}\]")

# Labels inside functions; RISC-V's relaxation leaves them in the symbol table.
LABEL = ".L"

# What linkers put between functions: zeros, or 0xD4D4, a branch that is never meant (LLD).
PADDING = {0x00, 0xD4}

NAMELESS = "(code without a name)"

# Set aside by linker scripts, and no variables: the stack is measured by painting.
NO_VARIABLES = (".stack", ".heap")


class ImageError(Exception):
    """The file is no image that can be checked."""


@dataclass(frozen=True)
class Span:
    """Bytes from `start` up to `end` of the address space."""

    start: int
    end: int

    def __contains__(self, address):
        return self.start <= address < self.end

    def __len__(self):
        return self.end - self.start


@dataclass(frozen=True)
class Function:
    """Code up to the next name; `end` is where the symbol table says that it ends, before any padding.

    Compilers and linkers fold functions that are alike: then one has several names.
    """

    span: Span
    end: int
    names: tuple

    @property
    def name(self):
        """One of the names."""
        return self.names[0]


class Image:
    """An ELF file that was linked for a board."""

    def __init__(self, path):
        self.path = pathlib.Path(path)
        self.kind = self.path.name
        with open(path, "rb") as file:
            elf = ELFFile(file)
            self.arm = elf["e_machine"] == "EM_ARM"
            if not self.arm and elf["e_machine"] != "EM_RISCV":
                raise ImageError(f"{path}: built for {elf['e_machine']}")
            self.entry = elf["e_entry"]
            self._read_sections(elf)
            self._read_symbols(elf)
            self.flash = sum(part["p_filesz"] for part in elf.iter_segments("PT_LOAD"))

    def _read_sections(self, elf):
        kept = [part for part in elf.iter_sections() if part["sh_flags"] & SH_FLAGS.SHF_ALLOC and part["sh_size"]]
        self.loaded = [
            (Span(part["sh_addr"], part["sh_addr"] + part["sh_size"]), part.data(), executable(part))
            for part in kept
            if part["sh_type"] != "SHT_NOBITS"
        ]
        self.ram = sum(
            part["sh_size"] for part in kept if part["sh_flags"] & SH_FLAGS.SHF_WRITE and part.name not in NO_VARIABLES
        )

    def _read_symbols(self, elf):
        table = elf.get_section_by_name(".symtab")
        if table is None:
            raise ImageError(f"{self.path}: no symbols, so nothing can be said of it")
        marks, names, objects = {}, {}, []
        for symbol in table.iter_symbols():
            address, kind = symbol["st_value"], symbol["st_info"]["type"]
            if MARKS.match(symbol.name):
                marks[address] = symbol.name[1] == "d"
            elif kind == "STT_OBJECT" and symbol["st_size"]:
                objects.append((Span(address, address + symbol["st_size"]), symbol.name))
            elif symbol.name.startswith(LABEL):
                continue
            elif kind == "STT_FUNC" or (kind == "STT_NOTYPE" and symbol.name and self.is_loaded(address)):
                start = address & ~1 if self.arm else address
                names.setdefault(start, []).append((kind != "STT_FUNC", symbol.name, symbol["st_size"]))
        self._split_code(marks)
        self._make_functions({at: sorted(found) for at, found in names.items() if self.is_code(at)})
        spelled = demangle([name for _, name in objects])
        self.objects = [(span, spelled[name]) for span, name in objects]

    def _split_code(self, marks):
        """Spans of instructions and of data; without marks, a section that can be executed is all instructions."""
        self.code, self.data = [], []
        places = sorted(marks)
        for span, _, executable_ in self.loaded:
            inside = places[bisect.bisect_left(places, span.start) : bisect.bisect_left(places, span.end)]
            edges = [span.start, *inside, span.end]
            is_data = not executable_
            for start, end in itertools.pairwise(edges):
                is_data = marks.get(start, is_data)
                if start < end:
                    (self.data if is_data else self.code).append(Span(start, end))
        self._starts = [span.start for span in self.code]

    def _make_functions(self, names):
        spelled = demangle(sorted({name for found in names.values() for _, name, _ in found}))
        # Instructions before the first name of a section would be nobody's.
        for span, _, _ in self.loaded:
            if self.is_code(span.start):
                names.setdefault(span.start, [(True, NAMELESS, 0)])
        starts = sorted(names)
        self.functions = []
        for at, after in zip(starts, [*starts[1:], None]):
            section = next(span for span, _, _ in self.loaded if at in span)
            end = min(after or section.end, section.end)
            size = max(size for _, _, size in names[at])
            # What stands behind a function and is no padding is taken for its own.
            ends = at + size if size and not set(self.bytes(Span(at + size, end))) - PADDING else end
            self.functions.append(
                Function(Span(at, end), ends, tuple(spelled.get(name, name) for _, name, _ in names[at]))
            )
        self._function_starts = starts
        self.function_at = {function.span.start: function for function in self.functions}

    def is_loaded(self, address):
        """Whether the address is in what is loaded."""
        return any(address in span for span, _, _ in self.loaded)

    def is_code(self, address):
        """Whether there are instructions at the address."""
        place = bisect.bisect_right(self._starts, address) - 1
        return place >= 0 and address in self.code[place]

    def function_of(self, address):
        """The function whose code or literals are at the address."""
        place = bisect.bisect_right(self._function_starts, address) - 1
        found = self.functions[place] if place >= 0 else None
        return found if found and address in found.span else None

    def bytes(self, span):
        """What is loaded there."""
        for section, data, _ in self.loaded:
            if span.start in section:
                return data[span.start - section.start : span.end - section.start]
        return b""

    def words(self, span):
        """(address, value) of every aligned 32-bit word."""
        start = (span.start + 3) & ~3
        data = self.bytes(Span(start, span.end))
        for place in range(0, len(data) - 3, 4):
            yield start + place, int.from_bytes(data[place : place + 4], "little")

    def pointed_function(self, value):
        """The function that a pointer of this value points to; Thumb's have their lowest bit set."""
        if self.arm:
            return self.function_at.get(value - 1) if value & 1 else None
        return self.function_at.get(value)


def executable(section):
    """Whether a section holds instructions, as its flags have it."""
    return bool(section["sh_flags"] & SH_FLAGS.SHF_EXECINSTR)


def demangle(names):
    """Rust's names as they stand in the source, by name; binutils knows how."""
    if not names:
        return {}
    ran = subprocess.run(["c++filt"], input="\n".join(names), capture_output=True, text=True, check=True)
    return dict(zip(names, (CRATE_HASH.sub("", name) for name in ran.stdout.split("\n")), strict=True))
