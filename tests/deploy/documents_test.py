#!/usr/bin/env python3
"""Documents against the tree: the tests that they name exist, so do the log's events, the reasons of errors and the folders."""
import pathlib
import re
import sys
import unittest

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).parents[2]


def read(path):
    return (ROOT / path).read_text(encoding="utf-8")


def sources(*folders):
    return "\n".join(path.read_text(encoding="utf-8") for folder in folders for path in sorted((ROOT / folder).rglob("*"))
                     if path.suffix in (".cc", ".h"))


class Documents(unittest.TestCase):
    def test_name_tests_that_exist(self):
        found = {"DialogueTest": set()}
        for suite, name in re.findall(r"^TEST(?:_[FP])?\(\s*(\w+),\s*(\w+)\)", sources("tests"), re.M):
            found.setdefault(suite, set()).add(name)
        tidy = set(re.findall(r"^@check\ndef (\w+)", read("tests/tidy/tidy.py"), re.M))
        cited = 0
        for document in ("SECURITY.md", "docs/ARCHITECTURE.md"):
            for suite, name in re.findall(r"`(\w+)\.([A-Za-z]\w+)`", read(document)):
                if name in ("cc", "h", "md", "txt", "py", "lua", "Result", "key", "address"):
                    continue
                if suite == "tidy":
                    self.assertIn(name, tidy, document)
                elif suite[0].isupper():
                    self.assertIn(name, found.get(suite, ()), f"{document}: {suite}.{name}")
                    cited += 1
        self.assertGreater(cited, 50)

    def test_name_dialogues_that_exist(self):
        for name in re.findall(r"`(\w+\.txt)`", read("docs/ARCHITECTURE.md")):
            self.assertTrue((ROOT / "tests/dialogues" / name).exists(), name)

    def test_name_every_event_of_the_log(self):
        code = sources("base", "smtp", "service")
        events = set(re.findall(r"Emit\([^;]*?\"([a-z_]+)\",\s*\{", code)) | {"ready", "not_ready"}
        manual = read("docs/OPERATIONS.md")
        section = manual[manual.index("## Log"):manual.index("## Limits")]
        rows = [row for row in section.splitlines() if row.startswith("| `")]
        named = {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}
        self.assertEqual(named, events)

    def test_have_every_folder_of_the_code(self):
        code_map = read("docs/ARCHITECTURE.md")
        for folder in sorted((ROOT / "service").iterdir()):
            if folder.is_dir():
                self.assertIn(f"`service/{folder.name}/`", code_map)

    def test_list_every_decision(self):
        index = read("docs/adr/README.md")
        pages = sorted(path.name for path in (ROOT / "docs/adr").glob("[0-9]*.md"))
        self.assertEqual([name[:4] for name in pages], [f"{i:04d}" for i in range(1, len(pages) + 1)])
        for name in pages:
            self.assertIn(f"]({name})", index)
            for part in ("## Context", "## Decision", "## Consequences", "## Rejected"):
                self.assertIn(part, read(f"docs/adr/{name}"), name)


if __name__ == "__main__":
    unittest.main()
