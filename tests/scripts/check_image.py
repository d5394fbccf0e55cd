#!/usr/bin/env python3
"""Checks linked firmware images: no panic that the wire could reach, and within the board's budget.

usage: check_image.py panics [--allowed FILE] IMAGE...
       check_image.py panics --must-find "CRATE/FILE: FUNCTION" IMAGE...
       check_image.py sizes [--budgets FILE] [--crates] IMAGE...

An image is the ELF file of a board's program; its file name is the board's kind. With --must-find the check has to
find a panic in that function of the source: so it is shown that it can. Ends with 0, or with 1 and the faults on
standard error; with 2 where something could not be checked. Run it with the interpreter that `python-env` beside it
names; binutils are needed, too.
"""

import argparse
import pathlib
import sys

from elftools.common.exceptions import ELFError

from images import panics, sizes
from images.elf import Image, ImageError

BOARDS = pathlib.Path(__file__).resolve().parents[2] / "boards" / "mcu"


def find_panics(path):
    """(image, what was found in it)."""
    image = Image(path)
    findings, unknown = panics.find(image)
    if unknown:
        places = ", ".join(f"{place:#x}" for place in unknown[:8])
        raise ImageError(f"{image.kind}: {len(unknown)} instructions are not known to the disassembler: {places}")
    return image, findings


def check_panics(arguments):
    """How many faults there are."""
    found = [find_panics(path) for path in arguments.images]
    if arguments.must_find:
        return sum(not is_found(image.kind, findings, arguments.must_find) for image, findings in found)
    entries = panics.read_entries(arguments.allowed)
    unanswered, idle = panics.judge({image.kind: findings for image, findings in found}, entries)
    for image, findings in found:
        left = unanswered[image.kind]
        allowed = len(findings) - len(left)
        size = len(image.functions)
        print(f"{image.kind}: {size} functions, {len(findings)} calls of panics, {allowed} of them allowed")
        for finding in left:
            print(f"{image.kind}: a panic can be reached:\n{finding}", file=sys.stderr)
    for entry in idle:
        print(f"allowed for {', '.join(entry.kinds)}, and needed no more: {entry.part}", file=sys.stderr)
    return sum(map(len, unanswered.values())) + len(idle)


def is_found(kind, findings, wanted):
    """Whether a panic was found in that function; prints how."""
    found = [finding for finding in findings if wanted in finding.names()]
    for finding in found:
        print(f"{kind}: found, as it must be:\n{finding}")
    if not found:
        print(f"{kind}: no panic was found in {wanted!r}: the check is blind", file=sys.stderr)
    return bool(found)


def check_sizes(arguments):
    """How many faults there are."""
    budgets = sizes.read_budgets(arguments.budgets)
    measured = [sizes.measure(Image(path)) for path in arguments.images]
    print("\n".join(sizes.table(measured, budgets)))
    if arguments.crates:
        for each in measured:
            print("\n".join(["", f"{each.kind}: bytes of flash by crate", *sizes.by_crate(each)]))
    faults = []
    for each in measured:
        if each.kind in budgets:
            faults += sizes.over(each, budgets[each.kind])
        else:
            faults.append(f"{each.kind}: it has no budget in {arguments.budgets}")
    for fault in faults:
        print(fault, file=sys.stderr)
    return len(faults)


def parse():
    """The arguments."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("panics")
    command.add_argument("--allowed", default=BOARDS / "panics.toml")
    command.add_argument("--must-find")
    command.set_defaults(check=check_panics)
    command.add_argument("images", nargs="+", metavar="IMAGE")
    command = commands.add_parser("sizes")
    command.add_argument("--budgets", default=BOARDS / "budgets.toml")
    command.add_argument("--crates", action="store_true")
    command.add_argument("images", nargs="+", metavar="IMAGE")
    command.set_defaults(check=check_sizes)
    return parser.parse_args()


def main():
    arguments = parse()
    try:
        faults = arguments.check(arguments)
    except (ImageError, ELFError, OSError, ValueError) as error:
        print(f"check_image: {error}", file=sys.stderr)
        sys.exit(2)
    sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
