#!/usr/bin/env python3
"""What SpamAssassin makes of every built-in mail: each must stay below 2. Local rules only: no network, no Bayes."""
import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys

GOLDEN = pathlib.Path(__file__).resolve().parents[2] / "tests/golden/mail"
MOST = 2.0
OPTIONS = ["--local", "--test-mode", "--cf", "use_bayes 0", "--cf", "use_auto_whitelist 0", "--cf", "trusted_networks 127.0.0.1"]


def score(mail):
    """(score, the rules that it met)."""
    said = subprocess.run(["spamassassin", *OPTIONS], input=mail.read_bytes(), capture_output=True, timeout=120,
                          check=True).stdout.decode("utf-8", "replace")
    head = re.sub(r"\n[ \t]+", " ", said.split("\n\n", 1)[0])
    return float(re.search(r"score=(-?[\d.]+)", head)[1]), re.search(r"tests=(\S+)", re.sub(r", *", ",", head))[1].strip(",")


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("only", nargs="?", default="", help="a regular expression: which mails, as receipt_ar")
    only = options.parse_args().only
    mails = sorted(mail for mail in GOLDEN.glob("*.eml") if re.search(only, mail.stem))
    if not mails:
        sys.exit(f"spam: no golden mail matches {only!r}")
    with concurrent.futures.ThreadPoolExecutor(max(1, (os.cpu_count() or 2) // 2)) as pool:
        scores = list(zip(mails, pool.map(score, mails)))
    for mail, (points, rules) in scores:
        if points >= MOST:
            print(f"{mail.name}: {points}: {rules}", file=sys.stderr)
    worst, (points, rules) = max(scores, key=lambda one: one[1][0])
    print(f"{len(scores)} mails, the highest score {points} ({worst.stem}: {rules})")
    sys.exit(1 if points >= MOST else 0)


if __name__ == "__main__":
    main()
