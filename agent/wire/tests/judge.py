"""A reader of Nameplate's frames that was written from PROTOCOL.md alone: the judge of the golden frames.

usage: judge.py FOLDER-OF-FRAMES PROTOCOL.md

It shares no code and no library with the Rust one; only Python's standard library is used. It checks every *.frame file
of the folder (form, checksum, JSON, head, every field), that it refuses each of them with any single bit flipped, and
the digests and signatures of the document's worked example. What is wrong goes to standard error, one line each.
"""

import base64
import binascii
import hashlib
import json
import pathlib
import re
import sys
import zlib

FRAME, DEPTH = 2048, 8
NAME, FIRMWARE, TOKEN, ERROR_TEXT = 64, 48, 64, 96
CSR, PIECE, CHAIN = 1024, 1024, 4096
ATTRIBUTES, ALT_NAMES, KEY_USAGES, PURPOSES = 12, 6, 9, 4

SUBJECT = {"C", "ST", "L", "O", "OU", "CN", "serialNumber"}
SAN = {"dns", "uri", "ip", "hw"}
KEY_USAGE = {
    "digitalSignature", "nonRepudiation", "keyEncipherment", "dataEncipherment", "keyAgreement",
    "keyCertSign", "crlSign", "encipherOnly", "decipherOnly",
}


class Refused(Exception):
    """A frame or a message that is not as the document says."""


def need(condition, what):
    if not condition:
        raise Refused(what)


# The form of a frame (section 2).


def open_frame(frame):
    """The message inside a frame."""
    need(len(frame) <= FRAME, "too long")
    match = re.fullmatch(rb'\x1e\["([0-9a-f]{8})",(\{[^\n\x1e]*\})\]\n', frame)
    need(match, "not of the form of a frame")
    checksum, message = match.groups()
    need(b"%08x" % zlib.crc32(message) == checksum, "the checksum is wrong")
    return message


# What JSON may hold (section 3).


def parse(message):
    """The message as a dictionary."""
    need(not any(byte < 0x20 or byte == 0x7F for byte in message), "a control character")
    try:
        value = json.loads(message.decode("utf-8"), object_pairs_hook=no_field_twice)
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise Refused(f"not JSON in UTF-8: {error}") from error
    need(isinstance(value, dict), "not an object")
    need(depth(value) <= DEPTH, "too deep")
    return value


def no_field_twice(pairs):
    need(len({name for name, _ in pairs}) == len(pairs), "a field stands twice")
    return dict(pairs)


def depth(value):
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return 1 + max(map(depth, value), default=0)
    return 0


# Types: each takes a value and refuses it, or says nothing.


def integer(least, greatest):
    def check(value):
        need(type(value) is int and least <= value <= greatest, "not an integer in its range")
    return check


def boolean(value):
    need(type(value) is bool, "not a boolean")


def string(least, greatest):
    def check(value):
        need(type(value) is str, "not a string")
        need(least <= len(value.encode("utf-8")) <= greatest, "not of the right length")
    return check


def token(value):
    string(1, TOKEN)(value)
    need(value.isascii(), "not ASCII")


def base64_of(least, greatest):
    def check(value):
        need(type(value) is str, "not base64")
        try:
            decoded = base64.b64decode(value, validate=True)
        except binascii.Error as error:
            raise Refused("not base64") from error
        need(base64.b64encode(decoded).decode() == value, "base64 with other bits set")
        need(least <= len(decoded) <= greatest, "not of the right length")
    return check


def mac(value):
    need(type(value) is str and re.fullmatch(r"[0-9a-f]{2}(:[0-9a-f]{2}){5}", value), "not a MAC as it is sent")


def oid(value):
    need(type(value) is str and re.fullmatch(r"[0-2](\.(0|[1-9][0-9]*))+", value), "not an OID")


def one_of(words):
    def check(value):
        need(type(value) is str and value in words, "not one of the words")
    return check


def several(item, greatest, least=0):
    def check(value):
        need(type(value) is list and least <= len(value) <= greatest, "not an array within its limit")
        for entry in value:
            item(entry)
    return check


def pair(first):
    def check(value):
        need(type(value) is list and len(value) == 2, "not a pair")
        one_of(first)(value[0])
        string(1, FRAME)(value[1])
    return check


VERSIONS = several(integer(0, 255), 2, least=2)
NAMED = {"name": string(1, NAME)}

# The fields of each kind (section 5); those with a question mark may be missing.
REQUESTS = {
    "hello": {"versions": VERSIONS},
    "identify": {"seconds": integer(0, 255)},
    "csr": {
        "nonce": base64_of(32, 32),
        "subject?": several(pair(SUBJECT), ATTRIBUTES),
        "san?": several(pair(SAN), ALT_NAMES),
        "key_usage?": several(one_of(KEY_USAGE), KEY_USAGES),
        "purposes?": several(oid, PURPOSES),
        "ca?": boolean,
    },
    "recorded": {"csr_sha256": base64_of(32, 32)},
    "install": {
        "chain_sha256": base64_of(32, 32),
        "length": integer(0, CHAIN),
        "offset": integer(0, CHAIN),
        "piece": base64_of(0, PIECE),
    },
    "prove": {"nonce": base64_of(32, 32)},
    "lock": NAMED,
    "erase": NAMED,
}
REPLIES = {
    "hello": {
        "version": integer(0, 255),
        "mac": mac,
        "name": string(1, NAME),
        "firmware": string(0, FIRMWARE),
        "agent": string(0, FIRMWARE),
        "key": boolean,
        "chain?": base64_of(32, 32),
        "locked?": boolean,
        "token?": token,
    },
    "identify": {},
    "csr": {
        "mac": mac,
        "name": string(1, NAME),
        "csr": base64_of(1, CSR),
        "proof": base64_of(64, 64),
    },
    "recorded": {},
    "install": {"have": integer(0, CHAIN), "current": boolean},
    "prove": {"proof": base64_of(64, 64)},
    "lock": {},
    "erase": {},
    "error": {"code": integer(100, 699), "text": string(1, ERROR_TEXT), "versions?": VERSIONS},
}


def check_message(message, side, kind):
    """A message of version 1, of the side ("request" or "reply") and kind that its file's name says."""
    number, other, kinds = ("id", "re", REQUESTS) if side == "request" else ("re", "id", REPLIES)
    head = {"v": integer(1, 1), number: integer(0, 0xFFFFFFFF), "kind": one_of({kind})}
    need(other not in message, f"{other} in a {side}")
    fields = head | kinds[kind]
    for name, check in fields.items():
        plain = name.removesuffix("?")
        if plain not in message:
            need(name != plain, f"{plain} is missing")
            continue
        try:
            check(message[plain])
        except Refused as error:
            raise Refused(f"{plain}: {error}") from error
    # A later release may add fields; the frames that are frozen for this version hold those of the document and no more.
    unknown = set(message) - {name.removesuffix("?") for name in fields}
    need(not unknown, f"not in the document: {sorted(unknown)}")


def check_file(path):
    side, kind = path.stem.split("-")[:2]
    frame = path.read_bytes()
    check_message(parse(open_frame(frame)), side, kind)
    for bit in range(8 * len(frame)):
        damaged = bytearray(frame)
        damaged[bit // 8] ^= 1 << bit % 8
        try:
            open_frame(bytes(damaged))
        except Refused:
            continue
        raise Refused(f"taken with bit {bit} flipped")


# The worked example (section 6): P-256 (FIPS 186-4 section D.1.2.3), just enough to check a signature.

P = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
G = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
)


def add(one, two):
    if one is None or two is None:
        return one or two
    if one[0] == two[0]:
        if (one[1] + two[1]) % P == 0:
            return None
        slope = 3 * (one[0] ** 2 - 1) * pow(2 * one[1], -1, P)
    else:
        slope = (two[1] - one[1]) * pow(two[0] - one[0], -1, P)
    x = (slope**2 - one[0] - two[0]) % P
    return x, (slope * (one[0] - x) - one[1]) % P


def times(factor, point):
    total = None
    while factor:
        total = add(total, point) if factor & 1 else total
        point, factor = add(point, point), factor >> 1
    return total


def is_signature(signature, signed, public):
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if len(signature) != 64 or not (0 < r < N and 0 < s < N):
        return False
    digest = int.from_bytes(hashlib.sha256(signed).digest(), "big")
    inverse = pow(s, -1, N)
    point = add(times(digest * inverse % N, G), times(r * inverse % N, public))
    return point is not None and point[0] % N == r


def check_worked_example(document):
    block = re.search(r"```text\n(private key.*?)```", document, re.DOTALL).group(1)
    example = {name: bytes.fromhex(value) for name, value in re.findall(r"(.+?)  +([0-9a-f]+)\n", block)}
    public = tuple(int.from_bytes(example[f"public {axis}"], "big") for axis in "xy")
    need(times(int.from_bytes(example["private key"], "big"), G) == public, "the public key is another's")
    need(hashlib.sha256(example["csr"]).digest() == example["csr sha-256"], "the digest of the request is wrong")
    who = example["nonce"] + example["mac"] + bytes([len(example["name"])]) + example["name"]
    csr = b"nameplate-csr-proof-v1\0" + who + example["csr sha-256"]
    possession = b"nameplate-possession-v1\0" + who
    need(example["csr bytes"] == csr and example["prove bytes"] == possession, "the signed bytes are wrong")
    need(is_signature(example["csr proof"], csr, public), "the proof of csr is wrong")
    need(is_signature(example["prove proof"], possession, public), "the proof of prove is wrong")
    need(not is_signature(example["prove proof"], csr, public), "any signature is taken")


def main(folder, document):
    wrong = 0
    frames = sorted(pathlib.Path(folder).glob("*.frame"))
    checks = [(path.name, check_file, path) for path in frames]
    checks.append(("worked example", check_worked_example, pathlib.Path(document).read_text(encoding="utf-8")))
    for name, check, subject in checks:
        try:
            check(subject)
        except Refused as error:
            print(f"{name}: {error}", file=sys.stderr)
            wrong += 1
    if wrong or not frames:
        sys.exit(f"{wrong} of {len(checks)} are wrong" if frames else f"no frames in {folder}")
    print(f"{len(frames)} frames are right")


if __name__ == "__main__":
    main(*sys.argv[1:])
