"""Which panics can be reached in an image, and which of them somebody answers for.

A panic counts when its code is in the image at all: what nothing can reach, the linker leaves out. Every place that
calls one is a finding, wherever the compiler inlined it to, and stands with the source that it comes from. Code of
`core` that comes to a panic is taken for a panic itself: its callers are who counts. An instruction that is always a
fault is no finding: compilers put it where the language rules out that anybody comes.
"""

import re
import tomllib
from dataclasses import dataclass

from images.calls import read_calls
from images.names import BORROWED, UNKNOWN, short
from images.sources import Frame, Sources

# All others end in one of these. The handler itself is inlined into `panic_fmt`, as a rule.
PANIC = re.compile(r"core::panicking::|(__rustc::)?(__rust_)?(rust_begin_unwind|rust_panic|alloc_error_handler)")
# Code that stands for whoever calls it: the compiler took it out of several functions, or it is `core`'s.
OUTLINED = re.compile(r"OUTLINED_FUNCTION_\d+")
OF_CORE = re.compile(r"<?[&*]?(mut |const )?(core|alloc)::")


@dataclass(frozen=True)
class Finding:
    """One place that calls a panic."""

    panic: str
    frames: tuple  # of the source, the innermost first
    way: tuple  # names of functions of the image, from a root to the caller

    def origin(self):
        """The innermost function of the source outside `core`; of the image, where the source is not known."""
        known = [frame for frame in self.frames if frame.crate not in (*BORROWED, UNKNOWN)] or self.frames[-1:]
        return known[0] if known else Frame(self.way[-1], UNKNOWN, "?", 0, False)

    def names(self):
        """Every function of the source that the place stands in."""
        return {self.origin().name, *(frame.name for frame in self.frames)}

    def __str__(self):
        lines = [f"  {self.panic}"]
        lines += [f"    {'in' if place == 0 else 'inlined into'} {frame}" for place, frame in enumerate(self.frames)]
        return "\n".join([*lines, f"    called by {' -> '.join(self.way)}"])


@dataclass(frozen=True)
class Entry:
    """A part of the source, as the beginning of `crate/file: function`, for whose panics there is a reason.

    Of code that is ours it is one function: files of our own are not let off as a whole.
    """

    kinds: tuple
    part: str
    reason: str

    def covers(self, finding):
        """Whether the finding is in this part."""
        origin = finding.origin()
        return origin.name == self.part if origin.ours else origin.name.startswith(self.part)


def read_entries(path):
    """The list of panics that are allowed, each with the reason why nothing on the wire gets there, or who can."""
    with open(path, "rb") as file:
        content = tomllib.load(file)
    if set(content) - {"allowed"}:
        raise ValueError(f"{path}: only tables [[allowed]] are known")
    entries = []
    for table in content.get("allowed", []):
        if set(table) != {"kinds", "in", "reason"} or not table["reason"].strip():
            raise ValueError(f"{path}: an entry has kinds, in, and a reason: {table}")
        if not table["in"] or not all(table["in"]):
            raise ValueError(f"{path}: an entry names no part of the source: {table}")
        entries += [Entry(tuple(table["kinds"]), part, table["reason"]) for part in table["in"]]
    return entries


def find(image):
    """Every place of an image that calls a panic, and what the disassembler did not understand."""
    calls, sources = read_calls(image), Sources(image)
    ways = calls.paths()
    panics = _panics(image, calls, sources)
    places = {
        (short(image.function_at[panic].name), place, caller)
        for panic in panics
        for place, caller in calls.sites[panic]
        if caller not in panics
    }
    # A panic that is nowhere called by name, but whose address somebody holds.
    places |= {(short(image.function_at[panic].name), panic, panic) for panic in panics & calls.roots}
    findings = {}
    for panic, place, caller in sorted(places):
        way = tuple(short(image.function_at[at].name) for at in ways.get(caller, [caller]))
        finding = Finding(panic, tuple(sources.frames(place)), way)
        findings.setdefault((panic, finding.frames, way[-1]), finding)
    return list(findings.values()), calls.unknown


def _panics(image, calls, sources):
    """The functions that are panics, by address, and those of nobody that come to one."""
    panics = {function.span.start for function in image.functions if any(map(PANIC.match, function.names))}
    front = panics
    while front:
        callers = {caller for panic in front for _, caller in calls.sites[panic]} - panics
        front = {caller for caller in callers if _is_nobodys(image.function_at[caller], sources)}
        panics = panics | front
    return panics


def _is_nobodys(function, sources):
    if OUTLINED.match(function.name):
        return True
    frames = sources.frames(function.span.start)
    return frames[-1].crate in BORROWED if frames else bool(OF_CORE.match(function.name))


def judge(found, entries):
    """(findings that nobody answers for, entries that nobody needs), of findings by the kind of their image.

    Whether an entry is needed shows where images of all its kinds are looked at.
    """
    unanswered = {kind: [] for kind in found}
    needed = set()
    for kind, findings in found.items():
        for finding in findings:
            covering = [entry for entry in entries if kind in entry.kinds and entry.covers(finding)]
            needed.update(covering)
            if not covering:
                unanswered[kind].append(finding)
    idle = [entry for entry in entries if entry not in needed and set(entry.kinds) <= set(found)]
    return unanswered, idle
