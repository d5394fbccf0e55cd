"""Which source an address of an image comes from, through everything that was inlined there.

Read from the line tables and the inlined calls of its debugging information (DWARF 5, sections 3.3.8 and 6.2): "line
tables only" is enough.
"""

import bisect
import itertools
from collections import Counter, defaultdict
from dataclasses import dataclass

from elftools.elf.elffile import ELFFile

from images.dwarf import file_names, ranges
from images.names import BORROWED, crate_of, short

CALL = ("DW_AT_call_file", "DW_AT_call_line")


@dataclass(frozen=True)
class Frame:
    """One function of the source at an address; `ours` if it is no dependency."""

    function: str
    crate: str
    file: str  # inside the crate
    line: int
    ours: bool

    @property
    def name(self):
        """What lists know it by: no version and no line, so that it stays the same."""
        return f"{self.crate}/{self.file}: {self.function}"

    def __str__(self):
        return f"{self.crate}/{self.file}:{self.line} {self.function}"


class Node:
    """A function, or a call that was inlined into its parent."""

    __slots__ = ("name", "file", "line", "parent", "own")

    def __init__(self, name, file, line, parent):
        self.name, self.file, self.line, self.parent = name, file, line, parent
        self.own = ""  # the file that it stands in itself


class Sources:
    """The debugging information of an image."""

    def __init__(self, image):
        self._image = image
        self._nodes = {}
        self._rows = []
        self._names = {}
        self._crates = {}
        with open(image.path, "rb") as file:
            elf = ELFFile(file)
            if elf.has_dwarf_info():
                dwarf = elf.get_dwarf_info()
                for unit in dwarf.iter_CUs():
                    files = self._read_lines(dwarf, unit)
                    for child in unit.get_top_DIE().iter_children():
                        self._read_call(dwarf, unit, files, child, None)
        # Where one function ends and another begins, what begins comes last, and counts.
        self._rows.sort(key=lambda row: (row[0], row[1] != ""))
        self._addresses = [row[0] for row in self._rows]
        self._name_files()

    def _name_files(self):
        """Finds the file that each function stands in: that of most of its code."""
        votes = defaultdict(Counter)
        for (address, file, line), (after, _, _) in itertools.pairwise(self._rows):
            # Line 0 is code of no one line, and its file is whichever came last.
            if line and (node := self._nodes.get(address)):
                votes[node][file] += after - address
        for node, files in votes.items():
            node.own = files.most_common(1)[0][0]

    def frames(self, address):
        """The functions of the source at an address, the innermost first."""
        node = self._node(address)
        if node is None:
            return []
        row = self._rows[max(bisect.bisect_right(self._addresses, address) - 1, 0)]
        file, line, frames = (row[1] if row[2] else node.own), row[2], []
        while node:
            crate, inside, ours = self._crate(file)
            frames.append(Frame(short(node.name), crate, inside, line, ours))
            file, line, node = node.file, node.line, node.parent
        return frames

    def _node(self, address):
        """What is at an address. A function into which nothing was inlined is in the line tables alone."""
        if address & ~1 in self._nodes:
            return self._nodes[address & ~1]
        function = self._image.function_of(address)
        if function is None:
            return None
        first = bisect.bisect_left(self._addresses, function.span.start)
        after = bisect.bisect_left(self._addresses, function.end)
        own = next((file for _, file, line in self._rows[first:after] if line), "")
        node = Node(short(function.name).rsplit("::", 1)[-1], "", 0, None) if own else None
        if node:
            node.own = own
        for at in range(function.span.start, function.span.end, 2):
            self._nodes.setdefault(at, node)
        return node

    def crate(self, address):
        """(crate, whether it is ours) that the code at an address is there for; `None` where nothing is known."""
        node = self._node(address)
        if node is None:
            return None
        file = node.own
        while True:
            crate, _, ours = self._crate(file)
            if node.parent is None or crate not in BORROWED:
                return crate, ours
            file, node = node.file, node.parent

    def _read_lines(self, dwarf, unit):
        """The unit's files by number; its rows are kept where the linker kept the code."""
        program = dwarf.line_program_for_CU(unit)
        if program is None:
            return {}
        files = file_names(program, unit)
        sequence = []
        for entry in program.get_entries():
            if entry.state is None:
                continue
            state, ends = entry.state, entry.state.end_sequence
            sequence.append((state.address, "", 0) if ends else (state.address, files.get(state.file, "?"), state.line))
            if ends:
                if sequence[0][0] in self._image.function_at:
                    self._rows += sequence
                sequence = []
        return files

    def _read_call(self, dwarf, unit, files, die, parent):
        if die.tag not in ("DW_TAG_subprogram", "DW_TAG_inlined_subroutine", "DW_TAG_lexical_block"):
            return
        spans = ranges(dwarf, unit, die)
        if not spans or (parent is None and spans[0][0] not in self._image.function_at):
            return
        node = parent
        if die.tag != "DW_TAG_lexical_block":
            call = [die.attributes[name].value if name in die.attributes else 0 for name in CALL]
            node = Node(self._name(die), files.get(call[0], ""), call[1], parent)
            for start, end in spans:
                for at in range(start, end, 2):
                    self._nodes[at] = node
        for child in die.iter_children():
            self._read_call(dwarf, unit, files, child, node)

    def _name(self, die):
        if "DW_AT_name" in die.attributes:
            return die.attributes["DW_AT_name"].value.decode()
        for way in ("DW_AT_abstract_origin", "DW_AT_specification"):
            if way in die.attributes:
                target = die.cu.cu_offset, die.attributes[way].value
                if target not in self._names:
                    self._names[target] = self._name(die.get_DIE_from_attribute(way))
                return self._names[target]
        return "?"

    def _crate(self, file):
        if file not in self._crates:
            self._crates[file] = crate_of(file)
        return self._crates[file]
