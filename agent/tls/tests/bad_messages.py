"""The ways in which `bad_server.py` breaks TLS 1.3 (RFC 8446), by name.

MODES edit the messages of the server's flight one by one, FLIGHTS the whole of it, HELLOS the ServerHello,
and AFTERWARDS act once the handshake has ended well. Each name stands in MODES.
"""

import hashlib
import socket

from tlslite.constants import ContentType, HandshakeType
from tlslite.messages import CertificateVerify, Message, RecordHeader3

FLUSH = object()  # in a list of messages: what follows goes into another record
HELLO_RETRY = bytearray(hashlib.sha256(b"HelloRetryRequest").digest())


# --- the flight, message by message -------------------------------------------------------------

CERTIFICATE = HandshakeType.certificate
VERIFY = HandshakeType.certificate_verify
FINISHED = HandshakeType.finished


def honest(_server, _kind, raw):
    return [raw]


def without(*kinds):
    return lambda _server, kind, raw: [] if kind in kinds else [raw]


def twice(wanted):
    return lambda _server, kind, raw: [raw, raw] if kind == wanted else [raw]


def at_verify(make):
    """Replaces the CertificateVerify by what `make(server, raw)` gives."""
    return lambda server, kind, raw: make(server, raw) if kind == VERIFY else [raw]


def hold(wanted, until, in_between=()):
    """Sends one message only after another one."""
    def edit(server, kind, raw):
        if kind == wanted:
            server.held = [raw]
            return []
        if kind == until:
            return [raw, *in_between, *server.held]
        return [raw]
    return edit


def flipped_signature(_server, raw):
    raw = bytearray(raw)
    raw[-1] ^= 1
    return [raw]


def raw_signature(server, _raw):
    """r and s side by side instead of DER."""
    digest = hashlib.sha256(server.signed_content()).digest()
    der = bytes(server.options.key.sign(bytearray(digest), None, "sha256", None))
    r_size = der[3]
    r, s = der[4:4 + r_size], der[6 + r_size:]
    fixed = b"".join(x[-32:].rjust(32, b"\0") for x in (r, s))
    return [CertificateVerify((3, 4)).create(bytearray(fixed), (4, 3)).write()]


def empty_certificate(_server, kind, raw):
    return [bytearray([CERTIFICATE, 0, 0, 4, 0, 0, 0, 0])] if kind == CERTIFICATE else [raw]


def certificate_again_after_verify(server, kind, raw):
    if kind == CERTIFICATE:
        server.held = [raw]
    return [raw, *server.held] if kind == VERIFY else [raw]


def wrong_finished(_server, kind, raw):
    if kind == FINISHED:
        raw = bytearray(raw)
        raw[-1] ^= 1
    return [raw]


MODES = {
    "honest": honest,
    "other_key": honest,  # by its arguments
    "chain": honest,  # by its arguments
    "no_certificate": without(CERTIFICATE),
    "no_verify": without(VERIFY),
    "no_certificate_no_verify": without(CERTIFICATE, VERIFY),
    "no_finished": without(FINISHED),
    "certificate_twice": twice(CERTIFICATE),
    "verify_twice": twice(VERIFY),
    "finished_only": lambda _server, kind, raw: [raw] if kind == FINISHED else [],
    "empty_certificate": empty_certificate,
    "verify_before_certificate": hold(CERTIFICATE, VERIFY),
    "verify_after_finished": hold(VERIFY, FINISHED, [FLUSH]),
    "verify_after_finished_one_record": hold(VERIFY, FINISHED),
    "certificate_after_verify": certificate_again_after_verify,
    "flipped_signature": at_verify(flipped_signature),
    "signature_by_other_key":
        at_verify(lambda server, _: [server.verify_message(key=server.options.other_key)]),
    "signature_over_other_transcript":
        at_verify(lambda server, _: [server.verify_message(
            server.signed_content()[:98] + hashlib.sha256(b"elsewhere").digest())]),
    "signature_as_client":
        at_verify(lambda server, _: [server.verify_message(server.signed_content(b"client"))]),
    "signature_without_context":
        at_verify(lambda server, _: [server.verify_message(server.signed_content()[98:])]),
    "scheme_p384":
        at_verify(lambda server, _: [server.verify_message(scheme=(5, 3))]),
    "scheme_rsa_pss":
        at_verify(lambda server, _: [server.verify_message(scheme=(8, 4))]),
    "scheme_unknown":
        at_verify(lambda server, _: [server.verify_message(scheme=(0xFE, 0xFE))]),
    "empty_signature":
        at_verify(lambda _server, _raw: [bytearray([VERIFY, 0, 0, 4, 4, 3, 0, 0])]),
    "long_signature":
        at_verify(lambda _server, _raw: [bytearray([VERIFY, 0, 2, 4, 4, 3, 2, 0]) + b"\x30" * 512]),
    "raw_signature": at_verify(raw_signature),
    "wrong_finished": wrong_finished,
    # the ServerHello is edited, not the flight
    **{name: honest for name in (
        "hello_suite", "hello_version", "hello_psk", "hello_session_id", "hello_group",
        "hello_retry", "hello_compression", "hello_point_off_curve", "tls12")},
    # the flight is edited as a whole
    **{name: honest for name in (
        "plain_flight", "empty_record", "zero_record", "plain_alert_after_hello",
        "split_flight", "mutated", "garbage")},
    # afterwards
    **{name: honest for name in (
        "finished_after_handshake", "key_update", "alert_after_handshake", "plain_goodbye",
        "plain_handshake_after_handshake", "cut")},
}


# --- the ServerHello: 4 header, 2 version, 32 random, 1 session id, 2 suite, 1 compression, 2 length ---

def patched(at, *values):
    def edit(raw):
        raw[at:at + len(values)] = bytes(values)
        return raw
    return edit


def replaced(old, new):
    def edit(raw):
        assert bytes(raw).count(old) == 1
        return bytearray(bytes(raw).replace(old, new))
    return edit


def with_lengths(raw):
    raw[1:4] = (len(raw) - 4).to_bytes(3, "big")
    extensions = 42 + raw[38]
    raw[extensions:extensions + 2] = (len(raw) - extensions - 2).to_bytes(2, "big")
    return raw


def hello_retry(raw):
    versions, group = bytes([0, 43, 0, 2, 3, 4]), bytes([0, 51, 0, 2, 0, 23])
    return with_lengths(raw[:6] + HELLO_RETRY + raw[38:44] + versions + group)


HELLOS = {
    "hello_suite": patched(39, 0x13, 0x02),
    "hello_compression": patched(41, 1),
    "hello_version": replaced(bytes([0, 43, 0, 2, 3, 4]), bytes([0, 43, 0, 2, 3, 3])),
    "hello_group": replaced(bytes([0, 51, 0, 69, 0, 23]), bytes([0, 51, 0, 69, 0, 29])),
    "hello_point_off_curve": replaced(bytes([0, 23, 0, 65, 4]), bytes([0, 23, 0, 65, 5])),
    "hello_psk": lambda raw: with_lengths(raw + bytes([0, 41, 0, 2, 0, 0])),
    "hello_session_id": lambda raw: with_lengths(raw[:38] + b"\x01\xaa" + raw[39:]),
    "hello_retry": hello_retry,
}


# --- the flight as a whole, before it is encrypted ------------------------------------------------

def plain_flight(server):
    server.send_raw(bytes([22, 3, 3]) + len(server._buffer).to_bytes(2, "big") + server._buffer)
    server._buffer = bytearray()


def sealed(plaintext):
    """A record with this inner plaintext before the flight."""
    def edit(server):
        layer = server._recordLayer
        data = layer._encryptThenSeal(bytearray(plaintext), ContentType.application_data)
        server.send_raw(RecordHeader3().create((3, 3), 23, len(data)).write() + data)
    return edit


def split_flight(server):
    first, server._buffer = server._buffer[:40], server._buffer[40:]
    for _ in server._recordLayer.sendRecord(Message(ContentType.handshake, first)):
        pass


def mutated(server):
    for _ in range(server.random.choice((1, 1, 1, 4))):
        server._buffer[server.random.randrange(len(server._buffer))] ^= server.random.randrange(1, 256)


def garbage(server):
    """Messages of known kinds with lengths and contents that mean nothing."""
    rnd = server.random
    server._buffer = bytearray()
    for _ in range(rnd.randrange(1, 5)):
        body = bytes(rnd.choice((0, 0, 1, 2, 4, 255, rnd.randrange(256)))
                     for _ in range(rnd.randrange(0, 60)))
        kind = rnd.choice((2, 4, 8, 11, 13, 15, 20, 24, 254, rnd.randrange(256)))
        server._buffer += bytes([kind, 0, 0, len(body)]) + body


FLIGHTS = {
    "plain_flight": plain_flight,
    "empty_record": sealed(b""),
    "zero_record": sealed(b"\0\0\0"),
    "plain_alert_after_hello": lambda server: server.send_raw(bytes([21, 3, 3, 0, 2, 1, 0])),
    "split_flight": split_flight,
    "mutated": mutated,
    "garbage": garbage,
}


# --- after a good handshake ---------------------------------------------------------------------

def send_record(content_type, data):
    def act(server):
        for _ in server._recordLayer.sendRecord(Message(content_type, bytearray(data))):
            pass
        server.sock.flush()
    return act


AFTERWARDS = {
    "honest": lambda server: server.write(server.read(max=5, min=5)),
    "verify_after_finished_one_record": lambda server: server.read(max=5, min=5),
    "finished_after_handshake": send_record(22, bytes([20, 0, 0, 32]) + bytes(32)),
    "key_update": send_record(22, [24, 0, 0, 1, 0]),
    "alert_after_handshake": send_record(21, [2, 116]),
    "plain_goodbye": lambda server: server.send_raw([21, 3, 3, 0, 2, 1, 0]),
    "plain_handshake_after_handshake":
        lambda server: server.send_raw(bytes([22, 3, 3, 0, 36, 20, 0, 0, 32]) + bytes(32)),
    "cut": lambda server: server.sock.socket.sock.shutdown(socket.SHUT_WR),
}
