#!/usr/bin/env python3
"""Judges a batch CSV with what we did not write: Python's csv module and OpenSSL.

usage: judge_csv.py FILE EXPECTED

EXPECTED is a JSON object:
    cell     "one-line" or "multi-line": the form of the csr cells
    header   the columns without csr, in order
    rows     for each board its cells in that order
    subject  for each board what OpenSSL shows of the subject, a line an attribute, as in "commonName=b-1"
    sans     for each board its alternative names as OpenSSL shows them
    text     lines that OpenSSL shows of every request
Rows may come in any order. Ends with 0 and a line on standard output, or with 1 and the fault on standard error.
"""

import csv
import io
import json
import re
import subprocess
import sys

BEGIN = "-----BEGIN CERTIFICATE REQUEST-----"
END = "-----END CERTIFICATE REQUEST-----"
BASE64 = "[A-Za-z0-9+/]"


class Fault(Exception):
    """What is wrong with the file."""


def read(path):
    """Header and rows, of a file that is exactly as Python itself would write it with every value quoted."""
    with open(path, "rb") as file:
        data = file.read()
    if data.startswith(b"\xef\xbb\xbf"):
        raise Fault("it begins with a byte order mark")
    if b"\r" in data:
        raise Fault("it holds a carriage return")
    text = data.decode("utf-8", errors="strict")
    rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    again = io.StringIO(newline="")
    csv.writer(again, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    if again.getvalue() != text:
        raise Fault("not every value is quoted, or a line does not end with LF alone")
    header, rows = rows[0], rows[1:]
    for number, row in enumerate(rows, 1):
        if len(row) != len(header):
            raise Fault(f"row {number} has {len(row)} values, the header {len(header)}")
    return header, rows


def pem(cell, form):
    """The cell as PEM with line breaks."""
    if form == "one-line":
        match = re.fullmatch(f"{BEGIN}({BASE64}+={{0,2}}){END}", cell)
        if not match:
            raise Fault(f"a csr cell is not one unbroken line: {cell[:80]!r}")
        body = match.group(1)
        lines = [body[at : at + 64] for at in range(0, len(body), 64)]
        return "\n".join([BEGIN, *lines, END, ""])
    if not re.fullmatch(f"{BEGIN}\n(?:{BASE64}{{64}}\n)*{BASE64}{{1,64}}={{0,2}}\n{END}\n", cell):
        raise Fault(f"a csr cell is not PEM in lines: {cell[:80]!r}")
    return cell


def openssl(request, *arguments):
    """What OpenSSL says of a request that it accepts."""
    command = ["openssl", "req", "-verify", "-noout", *arguments]
    ran = subprocess.run(command, input=request, capture_output=True, text=True, encoding="utf-8", check=False)
    # Older versions end with 0 whatever the signature is.
    if ran.returncode != 0 or "verify OK" not in ran.stdout + ran.stderr:
        raise Fault(f"openssl does not accept a request: {ran.stdout} {ran.stderr}")
    return [line for line in ran.stdout.splitlines() if "verify OK" not in line]


def check_request(request, expected, board):
    """Holds one request to what was asked for; its public key."""
    subject = openssl(request, "-subject", "-nameopt", "utf8,sep_multiline,lname")
    subject = [line.strip(" ") for line in subject if line.strip() not in ("subject=", "subject:")]
    if sorted(subject) != sorted(expected["subject"][board]):
        raise Fault(f"the subject is {subject}, not {expected['subject'][board]}")
    text = [line.strip() for line in openssl(request, "-text")]
    at = next((at for at, line in enumerate(text) if "Subject Alternative Name" in line), None)
    sans = text[at + 1].split(", ") if at is not None else []
    if sorted(sans) != sorted(expected["sans"][board]):
        raise Fault(f"the alternative names are {sans}, not {expected['sans'][board]}")
    for line in expected["text"]:
        if line not in text:
            raise Fault(f"openssl does not show {line!r}")
    return "\n".join(openssl(request, "-pubkey"))


def judge(path, expected):
    """How many requests were accepted."""
    header, rows = read(path)
    if header != [*expected["header"], "csr"]:
        raise Fault(f"the header is {header}")
    if sorted(row[:-1] for row in rows) != sorted(expected["rows"]):
        raise Fault(f"the rows are {[row[:-1] for row in rows]}")
    keys = set()
    for row in rows:
        board = expected["rows"].index(row[:-1])
        key = check_request(pem(row[-1], expected["cell"]), expected, board)
        if "BEGIN PUBLIC KEY" not in key or key in keys:
            raise Fault("two rows have one public key")
        keys.add(key)
    return len(keys)


def main():
    _, path, expected = sys.argv
    with open(expected, encoding="utf-8") as file:
        expected = json.load(file)
    try:
        print(f"{judge(path, expected)} requests accepted")
    except (Fault, csv.Error, UnicodeDecodeError) as fault:
        sys.exit(f"{path}: {fault}")


if __name__ == "__main__":
    main()
