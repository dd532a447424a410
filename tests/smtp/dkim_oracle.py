"""Verifies the signed messages of a folder with dkimpy or OpenDKIM. Usage: dkim_oracle.py TOOL DIR DNS_TXT_LIBRARY.

The folder has both/, rsa/ and ed/ (tests/smtp/dkim_oracle_test.cc), and `records`: "name value" a line, what DNS would say. Each message is
verified as it is, and again with its Subject or its body altered, which must fail.
"""
import os
import pathlib
import subprocess
import sys

import dkim


def altered(message):
    """The message with one thing changed that every signature covers."""
    header, _, body = message.partition(b"\r\n\r\n")
    if len(header) % 2:
        return header + b"\r\n\r\n" + body + b"one more line\r\n"
    return header + b"\r\nSubject: another\r\n\r\n" + body


def dkimpy_verifies(path, records):
    """How many signatures of both/ are good and how many of the altered message."""
    def lookup(name, timeout=5):
        return records.get(name.decode().rstrip(".").lower(), "").encode() or None

    counts = []
    for bytes_ in (path.read_bytes(), altered(path.read_bytes())):
        good = 0
        for index in (0, 1):
            try:
                good += dkim.DKIM(bytes_, minkey=2048).verify(idx=index, dnsfunc=lookup)
            except dkim.DKIMException as error:
                print(f"{path.name}[{index}]: {error}", file=sys.stderr)
        counts.append(good)
    return counts


def opendkim_verifies(message, environment):
    done = subprocess.run(["/usr/sbin/opendkim-testmsg", "-C"], input=message, env=environment, capture_output=True, timeout=30)
    return done.returncode == 0, done.stderr.decode()


def run(tool, folder, library):
    records = dict(line.split(" ", 1) for line in (folder / "records").read_text().splitlines())
    good = refused = 0
    if tool == "dkimpy":
        for path in sorted((folder / "both").iterdir()):
            as_it_is, changed = dkimpy_verifies(path, records)
            good, refused = good + as_it_is, refused + 2 - changed
    else:
        environment = {**os.environ, "LD_PRELOAD": library, "PH_DNS_TXT": str(folder / "records")}
        for path in sorted((folder / "rsa").iterdir()) + sorted((folder / "ed").iterdir()):
            message = path.read_bytes()
            as_it_is, why = opendkim_verifies(message, environment)
            if not as_it_is:
                print(f"{path}: {why}", file=sys.stderr)
            good += as_it_is
            refused += not opendkim_verifies(altered(message), environment)[0]
    print(f"good {good}, altered and refused {refused}")


if __name__ == "__main__":
    run(sys.argv[1], pathlib.Path(sys.argv[2]), sys.argv[3])
