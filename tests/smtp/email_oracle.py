#!/usr/bin/env python3
"""Reads composed messages with Python's email package and compares them with what was composed.

usage: email_oracle.py FILE; records are "key=base64" lines, an empty line after each. Prints up to ten differences, then
"N messages, D differences"; exits 1 if there is any.
"""
import base64
import email
import email.header
import email.policy
import email.utils
import re
import sys

ONCE = ("From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Auto-Submitted", "Content-Type")


def records(path):
    record = {}
    with open(path, encoding="ascii") as file:
        for line in file:
            line = line.rstrip("\n")
            if not line:
                yield record
                record = {}
                continue
            key, value = line.split("=", 1)
            record.setdefault(key, []).append(base64.b64decode(value))


def text(record, key):
    return record.get(key, [b""])[0].decode()


def check_bytes(raw, international):
    assert re.search(rb"(?<!\r)\n|\r(?!\n)|\0", raw) is None, "a bare CR or LF, or a NUL"
    assert raw.endswith(b"\r\n"), "no CRLF at the end"
    head = raw.split(b"\r\n\r\n", 1)[0]
    for line in raw.split(b"\r\n"):
        assert len(line) <= 998, "a line over 998"
        unbreakable = re.fullmatch(rb"(From|To|Reply-To|Message-ID|List-Unsubscribe): \S+|\s\S+", line)
        assert len(line) <= 78 or unbreakable, f"a line over 78: {line!r}"
    for line in head.split(b"\r\n"):
        assert line.strip(), "a header line of blanks"
        for word in re.findall(rb"=\?UTF-8\?[QB]\?[^?]*\?=", line):
            assert len(word) <= 75, "an encoded word over 75"
            assert len(line) <= 76, "a line with an encoded word over 76"
    assert international or raw.isascii(), "not 7-bit"


def check_address(message, older, record, header, key):
    name = text(record, key + "_name")
    field = message[header]
    assert len(field.addresses) == 1, f"{header} has {len(field.addresses)} addresses"
    address = field.addresses[0]
    raw = older[header]
    if "=?UTF-8?" in raw:
        # An address object has its blanks collapsed, and before Python 3.13 keeps the space between two encoded words
        # (RFC 2047 6.2 drops it): decode_header does neither.
        read = str(email.header.make_header(email.header.decode_header(raw.rsplit("<", 1)[0].strip())))
        assert raw.count("=?UTF-8?") > 1 or address.display_name.split() == name.split(), address.display_name
    else:
        read = address.display_name
    assert read == name, f"{header} name: {read!r} for {name!r}"
    # Bytes that are not ASCII (RFC 6532) stand as surrogates.
    written = address.addr_spec.encode("ascii", "surrogateescape").decode()
    assert written == text(record, key + "_written"), f"{header}: {written!r}"


def check(record):
    raw = record["eml"][0]
    international = "international" in record
    check_bytes(raw, international)
    message = email.message_from_bytes(raw, policy=email.policy.default)
    older = {name: value.encode("ascii", "surrogateescape").decode() for name, value in message.raw_items()}
    for name in ONCE:
        assert len(message.get_all(name, [])) == 1, f"{name} is not there once"
    for part in message.walk():
        assert not part.defects, f"defects {part.defects}"
        for name, value in part.items():
            assert international or not value.defects, f"{name}: defects {value.defects}"
    check_address(message, older, record, "From", "from")
    check_address(message, older, record, "To", "to")
    if text(record, "reply_to_written"):
        check_address(message, older, record, "Reply-To", "reply_to")
    else:
        assert "Reply-To" not in message
    assert message["Subject"] == text(record, "subject"), f"Subject: {message['Subject']!r}"
    assert int(message["Date"].datetime.timestamp()) == int(text(record, "date")), "Date"
    assert message["Message-ID"].strip() == "<" + text(record, "message_id") + ">", "Message-ID"
    for header, key in (("X-Entity-Ref-ID", "entity_ref_id"), ("Feedback-ID", "feedback_id"),
                        ("Content-Language", "content_language"), ("X-Label", "label")):
        assert message.get(header, "") == text(record, key), f"{header}: {message.get(header)!r}"
    unsubscribe = text(record, "list_unsubscribe")
    assert message.get("List-Unsubscribe", "").strip() == (f"<{unsubscribe}>" if unsubscribe else ""), "List-Unsubscribe"
    assert message.get("List-Unsubscribe-Post") == ("List-Unsubscribe=One-Click" if unsubscribe else None)

    leaves = [part for part in message.walk() if not part.is_multipart()]
    expected = [("text/plain", text(record, "text")), ("text/html", text(record, "html"))]
    expected = [pair for pair in expected if pair[1]] or expected[:1]
    names = record.get("file_name", [])
    assert len(leaves) == len(expected) + len(names), f"{len(leaves)} parts"
    for part, (media_type, content) in zip(leaves, expected):
        assert part.get_content_type() == media_type, part.get_content_type()
        read = part.get_payload(decode=True).decode(part.get_content_charset())
        assert read == content, f"{media_type} differs: {read[:200]!r} and {content[:200]!r}"
    # What the HTML shows stands beside it, before what is attached to the whole.
    attachments = list(zip(names, record.get("media_type", []), record.get("bytes", []), record.get("content_id", [])))
    attachments.sort(key=lambda attachment: attachment[3] == b"")
    related = [part for part in message.walk() if part.get_content_type() == "multipart/related"]
    shown = sum(1 for attachment in attachments if attachment[3])
    assert len(related) == (1 if shown else 0), f"{len(related)} related"
    if shown:
        inner = list(related[0].iter_parts())
        assert related[0].get_param("type") == "text/html" and inner[0].get_content_type() == "text/html", "related"
        assert len(inner) == 1 + shown, f"{len(inner)} related parts"
    for part, (name, media_type, content, content_id) in zip(leaves[len(expected):], attachments):
        # get_filename() strips.
        assert part.get_filename() == name.decode().strip(), f"file name {part.get_filename()!r} for {name.decode()!r}"
        assert part.get_content_disposition() == ("inline" if content_id else "attachment")
        assert part.get("Content-ID", "") == (f"<{content_id.decode()}>" if content_id else ""), "Content-ID"
        assert part.get_content_type() == media_type.decode(), part.get_content_type()
        assert part.get_payload(decode=True) == content, "attachment differs"


def main():
    count = differences = 0
    for record in records(sys.argv[1]):
        count += 1
        try:
            check(record)
        except Exception as error:  # A parser that fails is a difference too.
            differences += 1
            if differences <= 10:
                print(f"message {count}: {type(error).__name__}: {error}\n{record['eml'][0][:2500].decode(errors='replace')}")
    print(f"{count} messages, {differences} differences")
    return 1 if differences or not count else 0


sys.exit(main())
