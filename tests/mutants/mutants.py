#!/usr/bin/env python3
"""Plants faults of one line, one at a time, and expects the test that stands beside each in table.txt to turn red.

Usage: mutants.py [--check] [--build DIR] [--jobs N] [FILTER]. --check only asks whether every fault still applies and its test
exists. FILTER is a regular expression over names and files. Exit 1: a fault survived, did not apply or did not build.
"""
import argparse
import atexit
import pathlib
import re
import signal
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLE = pathlib.Path(__file__).with_name("table.txt")
TEST_SECONDS_MAX = 120
LEAST = 30


def read_table(text):
    """The mutants, as dicts with name, file, old, new and test."""
    mutants = []
    for block in re.split(r"\n\s*\n", re.sub(r"^#.*\n", "", text, flags=re.M).strip()):
        mutant, key = {}, None
        for line in block.split("\n"):
            field = re.match(r"(name|file|old|new|test): ?(.*)", line)
            if field:
                key = field.group(1)
                mutant[key] = field.group(2)
            else:
                mutant[key] += "\n" + line
        mutants.append(mutant)
    return mutants


def complaints(mutants):
    """What keeps a mutant from being planted."""
    lists = "\n".join(path.read_text() for path in (ROOT / "tests").rglob("CMakeLists.txt"))
    sources = [(path.name, path.read_text()) for path in (ROOT / "tests").rglob("*_test.cc")]
    if len(mutants) < LEAST:
        yield f"{len(mutants)} faults, at least {LEAST}"
    for mutant in mutants:
        text = (ROOT / mutant["file"]).read_text() if (ROOT / mutant["file"]).exists() else ""
        count = text.count(mutant["old"])
        if count != 1:
            yield f"{mutant['name']}: stands {count} times in {mutant['file']}"
        target, test = mutant["test"].split()
        suite, name = test.strip("*").split(".")
        block = re.search(rf"NAME {target}\b[^)]*", lists)
        if not block:
            yield f"{mutant['name']}: no test binary {target}"
        elif not any(file in block.group(0) and re.search(rf"TEST(_F|_P)?\(\s*{suite},\s*{name}\)", text)
                     for file, text in sources):
            yield f"{mutant['name']}: {target} has no test {test}"


class Planted:
    """A source file with a fault in it; whole again afterwards, however the run ends."""

    def __init__(self, path, old, new):
        self.path, self.whole = path, path.read_text()
        self.faulty = self.whole.replace(old, new)

    def restore(self):
        if self.path.read_text() != self.whole:
            self.path.write_text(self.whole)

    def __enter__(self):
        atexit.register(self.restore)
        self.path.write_text(self.faulty)

    def __exit__(self, *_):
        self.restore()
        atexit.unregister(self.restore)


def build(directory, jobs, targets):
    return subprocess.run(["ninja", "-C", directory, f"-j{jobs}", *targets], capture_output=True, text=True, check=False)


def binary(directory, target):
    return next(path for path in directory.rglob(target) if path.is_file() and path.parent.name != "CMakeFiles")


def red(program, test):
    """Whether the test fails. One that ends in no time is told by its crash, one that hangs by its limit."""
    try:
        run = subprocess.run([program, f"--gtest_filter={test}"], capture_output=True, text=True, timeout=TEST_SECONDS_MAX, check=False)
    except subprocess.TimeoutExpired:
        return True
    if " 0 tests from" in run.stdout or "[==========] Running" not in run.stdout:
        raise RuntimeError(f"{program.name} has no test {test}")
    return run.returncode != 0


def play(mutant, directory, jobs):
    """None if the fault was noticed, else what happened."""
    target, test = mutant["test"].split()
    with Planted(ROOT / mutant["file"], mutant["old"], mutant["new"]):
        built = build(directory, jobs, [target])
        if built.returncode != 0:
            return "does not build:\n" + built.stdout[-2000:]
        return None if red(binary(directory, target), test) else f"SURVIVED {test}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("--build", default=ROOT / "build/release", type=pathlib.Path)
    parser.add_argument("--jobs", default="2")
    parser.add_argument("filter", nargs="?", default="")
    args = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    mutants = read_table(TABLE.read_text())
    wrong = list(complaints(mutants))
    if wrong or args.check:
        print("\n".join(wrong) or f"mutants apply: {len(mutants)}")
        return 1 if wrong else 0
    chosen = [mutant for mutant in mutants if re.search(args.filter, mutant["name"] + " " + mutant["file"])]
    # Together what is linked together.
    chosen.sort(key=lambda mutant: (mutant["test"].split()[0], mutant["file"]))
    targets = sorted({mutant["test"].split()[0] for mutant in chosen})
    built = build(args.build, args.jobs, targets)
    if built.returncode != 0:
        print(built.stdout[-4000:])
        return 1
    for mutant in chosen:
        target, test = mutant["test"].split()
        if red(binary(args.build, target), test):
            print(f"{test} is red without any fault")
            return 1
    survivors = 0
    for number, mutant in enumerate(chosen, 1):
        begun = time.monotonic()
        trouble = play(mutant, args.build, args.jobs)
        survivors += trouble is not None
        seconds = time.monotonic() - begun
        print(f"{number}/{len(chosen)} {mutant['file']}: {mutant['name']}: {trouble or 'noticed'} ({seconds:.0f} s)", flush=True)
    build(args.build, args.jobs, targets)
    print(f"mutants {'ok' if survivors == 0 else 'FAILED'}: {len(chosen)} planted, {survivors} survived")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
