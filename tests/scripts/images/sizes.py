"""What an image costs, by the crate that the code comes from, and whether that is within the board's budget."""

import bisect
import re
import tomllib
from collections import Counter
from dataclasses import dataclass

from images.calls import read_calls
from images.names import UNKNOWN
from images.sources import Sources

# What P-256, SHA-256 and TLS's ciphers are made of; `embedded-tls` itself is the protocol, and counts by itself.
CRYPTO = frozenset(
    "aead aes aes-gcm base16ct block-buffer cipher const-oid cpufeatures crypto-bigint crypto-common ctr digest ecdsa "
    "elliptic-curve ff generic-array ghash group hkdf hmac inout opaque-debug p256 p256-cm4 polyval "
    "ppv-lite86 primeorder rand_chacha rand_core rfc6979 sec1 sha2 signature subtle typenum universal-hash zeroize".split()
)
# Fields of a budget: those that the linked image shows, and those that running it shows.
MEASURED = {"flash": "flash", "ram": "RAM", "ours": "ours"}
RUN = ("stack", "key_csr_instructions", "handshake_instructions")
CONSTANTS = "(constants of nobody in particular)"
REST = "(padding and headers)"
FIRST_CRATE = re.compile(r"[^\w]*([a-z_]\w*)::")


@dataclass
class Sizes:
    """Bytes of an image."""

    kind: str
    flash: int
    ram: int
    crates: Counter
    ours: int
    crypto: int


def measure(image):
    """Counts every loaded byte once."""
    calls, sources = read_calls(image), Sources(image)
    crates, mine = Counter(), set()

    def owner(place, function):
        crate, ours = sources.crate(place) or (_crate_of_name(function.name), False)
        if ours:
            mine.add(crate)
        return crate

    for function in image.functions:
        for place in range(function.span.start, function.span.end, 2):
            crates[owner(place, function)] += min(2, function.span.end - place)
    crates.update(_constants(image, calls, owner))
    crates[REST] += image.flash - sum(crates.values())
    ours = sum(size for crate, size in crates.items() if crate in mine)
    crypto = sum(size for crate, size in crates.items() if crate.replace("_", "-") in CRYPTO or crate in CRYPTO)
    return Sizes(image.kind, image.flash, image.ram, crates, ours, crypto)


def _crate_of_name(name):
    """The crate of a function without debugging information, as far as its name tells."""
    found = FIRST_CRATE.match(name)
    return found.group(1).replace("_", "-") if found else UNKNOWN


def _constants(image, calls, owner):
    """Bytes of loaded data, each piece on account of the code that refers to its beginning first."""
    pointers = {}
    for place, address in sorted(calls.pointers):
        pointers.setdefault(address, place)
    starts = sorted(pointers)
    found = Counter()
    for span, _, executable in image.loaded:
        if executable:
            continue
        inside = starts[bisect.bisect_left(starts, span.start) : bisect.bisect_left(starts, span.end)]
        for start, end in zip([span.start, *inside], [*inside, span.end]):
            found[_user(image, pointers, starts, start, owner)] += end - start
    return found


def _user(image, pointers, starts, address, owner):
    """Whose the piece at an address is: a table is of whoever refers to it, and so is what it refers to."""
    for _ in range(8):
        place = pointers.get(address)
        if place is None:
            break
        if function := image.function_of(place):
            return owner(place, function)
        at = bisect.bisect_right(starts, place) - 1
        address = starts[at] if at >= 0 else None
    return CONSTANTS


def read_budgets(path):
    """The budgets by kind."""
    with open(path, "rb") as file:
        budgets = tomllib.load(file)
    for kind, budget in budgets.items():
        missing = set(MEASURED) - set(budget)
        unknown = set(budget) - set(MEASURED) - set(RUN)
        if missing or unknown or not all(type(value) is int for value in budget.values()):
            raise ValueError(
                f"{path}: [{kind}] lacks {sorted(missing)}, has {sorted(unknown)}, or a value is no integer"
            )
    return budgets


def over(sizes, budget):
    """Sentences on what is over the budget."""
    faults = []
    for field, word in MEASURED.items():
        size, allowed = getattr(sizes, field), budget[field]
        if size > allowed:
            faults.append(f"{sizes.kind}: {word} is {size} bytes, {size - allowed} over its budget")
    return faults


def table(measured, budgets):
    """The measured images as lines of text: bytes, and percent of the budget."""
    head = [
        "kind",
        *(f"{word} {part}" for word in MEASURED.values() for part in ("bytes", "of budget")),
        "crypto bytes",
    ]
    rows = [head]
    for sizes in measured:
        row = [sizes.kind]
        for field in MEASURED:
            size, budget = getattr(sizes, field), budgets.get(sizes.kind, {}).get(field)
            row += [f"{size:,}", f"{100 * size / budget:.0f} % of {budget:,}" if budget else "none set"]
        rows.append([*row, f"{sizes.crypto:,}"])
    widths = [max(len(row[place]) for row in rows) for place in range(len(head))]
    return ["  ".join(cell.rjust(width) for cell, width in zip(row, widths)) for row in rows]


def by_crate(sizes):
    """An image's crates as lines of text, the largest first; small ones in one line."""
    shown = [(crate, size) for crate, size in sizes.crates.most_common() if size >= 256]
    rest = sizes.flash - sum(size for _, size in shown)
    return [f"{size:>9,}  {crate}" for crate, size in [*shown, ("all others together", rest)]]
