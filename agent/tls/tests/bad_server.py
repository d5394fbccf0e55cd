#!/usr/bin/env python3
"""A TLS 1.3 server that breaks the rules on purpose, one way per MODE.

It is tlslite-ng's server with the messages of its flight edited on their way out. Everything else stays
valid: the transcript follows what is really sent, so that the Finished is right and only the client's own
judgement stands between it and a session.

    bad_server.py MODE --certificate PEM --key PEM [--other-key PEM]
                  [--ask-for-certificate] [--count N]

It prints the port it listens on, then one line of JSON per connection: the records that came from the
board after its ClientHello ([[type, size], ...]), and whether the handshake ended well.
"""

import argparse
import hashlib
import json
import random
import socket
import sys

from tlslite.api import (HandshakeSettings, TLSConnection, X509, X509CertChain,
                         parsePEMKey)
from tlslite.constants import ContentType, SignatureScheme
from tlslite.messages import CertificateVerify, Message

from bad_messages import AFTERWARDS, FLIGHTS, FLUSH, HELLOS, MODES

SECONDS = 60  # a board that neither goes on nor hangs up is an error, not a wait


class RecordingSocket:
    """Keeps all that the board sent, and stays open until the script is done with it."""

    def __init__(self, sock):
        self.sock = sock
        self.received = bytearray()

    def recv(self, size):
        data = self.sock.recv(size)
        self.received += data
        return data

    def close(self):
        pass

    def __getattr__(self, name):
        return getattr(self.sock, name)


class BadServer(TLSConnection):
    def __init__(self, sock, options, nth):
        super().__init__(sock)
        self.options = options
        self.random = random.Random(nth)
        self.held = []

    def signed_content(self, role=b"server"):
        """What RFC 8446 section 4.4.3 says is signed, over the transcript so far."""
        return (b" " * 64 + b"TLS 1.3, " + role + b" CertificateVerify\0"
                + bytes(self._handshake_hash.digest("sha256")))

    def verify_message(self, content=None, key=None, scheme=None):
        digest = hashlib.sha256(content or self.signed_content()).digest()
        signature = (key or self.options.key).sign(bytearray(digest), None, "sha256", None)
        scheme = scheme or SignatureScheme.ecdsa_secp256r1_sha256
        return CertificateVerify((3, 4)).create(signature, scheme).write()

    def _queue_message(self, msg):
        if msg.contentType != ContentType.handshake:
            return super()._queue_message(msg)
        raw = msg.write()
        for out in MODES[self.options.mode](self, raw[0], raw):
            if out is FLUSH:
                for _ in self._queue_flush():
                    pass
            else:
                self._buffer_content_type = ContentType.handshake
                self._buffer += out
                self._handshake_hash.update(out)

    def _queue_flush(self):
        if not self._buffer:
            return
        edit = FLIGHTS.get(self.options.mode)
        if edit:
            edit(self)
        if self._buffer:
            yield from super()._queue_flush()
        if self.options.mode == "no_finished":
            self.sock.flush()
            self.sock.socket.sock.shutdown(socket.SHUT_WR)

    def _sendMsgs(self, msgs):
        edit = HELLOS.get(self.options.mode)
        if edit:
            hello = edit(bytearray(msgs[0].write()))
            msgs = [Message(ContentType.handshake, hello)] + msgs[1:]
        yield from super()._sendMsgs(msgs)

    def send_raw(self, data):
        self.sock.flush()
        self.sock.socket.sock.sendall(bytes(data))


def records(data):
    """[[type, size], ...] of the records in what the board sent."""
    found, at = [], 0
    while at + 5 <= len(data):
        size = int.from_bytes(data[at + 3:at + 5], "big")
        found.append([data[at], size])
        at += 5 + size
    return found + ([["rest", len(data) - at]] if at != len(data) else [])


def serve(listener, options, nth):
    sock, _ = listener.accept()
    sock.settimeout(SECONDS)
    recording = RecordingSocket(sock)
    server = BadServer(recording, options, nth)
    settings = HandshakeSettings()
    settings.ticket_count = 0
    settings.minVersion = settings.maxVersion = (3, 3) if options.mode == "tls12" else (3, 4)
    outcome = "handshake done"
    try:
        server.handshakeServer(certChain=options.chain, privateKey=options.key,
                               reqCert=options.ask_for_certificate, settings=settings)
        AFTERWARDS.get(options.mode, lambda _: None)(server)
    except TimeoutError:
        raise
    except Exception as error:  # the board hung up, which is what most modes are for
        outcome = f"{type(error).__name__}: {error}"
    try:
        sock.shutdown(socket.SHUT_WR)
    except OSError:
        pass  # done before, by the mode itself
    while recording.recv(4096):
        pass
    sock.close()
    sent = records(recording.received)
    assert sent and sent[0][0] == ContentType.handshake, "no ClientHello came first"
    print(json.dumps({"records": sent[1:], "outcome": outcome}), flush=True)


def read_key(path):
    with open(path, encoding="ascii") as file:
        return parsePEMKey(file.read(), private=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("mode", choices=MODES)
    parser.add_argument("--certificate", action="append", required=True,
                        help="the host's own first, then the rest of the chain")
    parser.add_argument("--key", required=True)
    parser.add_argument("--other-key")
    parser.add_argument("--ask-for-certificate", action="store_true")
    parser.add_argument("--count", type=int, default=1)
    options = parser.parse_args()
    chain = []
    for path in options.certificate:
        with open(path, encoding="ascii") as file:
            chain.append(X509().parse(file.read()))
    options.chain = X509CertChain(chain)
    options.key = read_key(options.key)
    options.other_key = options.other_key and read_key(options.other_key)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(SECONDS)
        print(listener.getsockname()[1], flush=True)
        for nth in range(options.count):
            serve(listener, options, nth)


if __name__ == "__main__":
    sys.exit(main())
