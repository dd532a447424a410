#!/usr/bin/env python3
"""deploy/package: the man page and the completion have every command of the program, and the package's files agree with the unit's.

The program is $POSTHASTE, or that of ./dev; without one only the files are read.
"""
import os
import pathlib
import re
import subprocess
import sys
import unittest

ROOT = pathlib.Path(__file__).parents[2]
PACKAGE = ROOT / "deploy/package"
PROGRAM = pathlib.Path(os.environ.get("POSTHASTE", ROOT / "build/release/posthaste"))
sys.dont_write_bytecode = True
sys.path.insert(0, str(PACKAGE))

import describe  # noqa: E402


def described(what):
    done = subprocess.run([sys.executable, "-B", PACKAGE / "describe.py", what, PROGRAM], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


@unittest.skipUnless(PROGRAM.exists(), "no program is built; set POSTHASTE")
class Described(unittest.TestCase):
    def complete(self, *words):
        script = described("bash") + f'\nCOMP_WORDS=({" ".join(words)}); COMP_CWORD={len(words) - 1}; _posthaste; printf "%s\\n" "${{COMPREPLY[@]}}"'
        return subprocess.run(["bash", "-c", script], capture_output=True, text=True, timeout=10, check=True).stdout.split()

    def test_completes_commands_and_options(self):
        self.assertEqual(self.complete("posthaste", "check-"), ["check-code", "check-config"])
        self.assertEqual(self.complete("posthaste", "message", "li"), ["list"])
        self.assertEqual(self.complete("posthaste", "message", "list", "--sta"), ["--state"])
        # A value does not lead astray, even one that is a command's name elsewhere.
        self.assertEqual(self.complete("posthaste", "serve", "--config", "list", "--ro"), ["--role"])

    def test_has_every_command_in_the_manual(self):
        page = described("man")
        all_words = [words for words, _ in describe.commands(str(PROGRAM)) if words]
        self.assertGreater(len(all_words), 30)
        for words in all_words:
            self.assertIn(".SS " + " ".join(words).replace("-", "\\-") + "\n", page)
        self.assertNotRegex(page, r"(?m)^'")


class Package(unittest.TestCase):
    rules = (ROOT / "cmake/Package.cmake").read_text(encoding="utf-8")

    def test_installs_files_that_there_are(self):
        for path in re.findall(r"\$\{CMAKE_SOURCE_DIR\}/([\w./-]+)", self.rules):
            self.assertTrue((ROOT / path).exists(), path)

    def test_keeps_the_configuration_that_the_unit_reads(self):
        kept = (PACKAGE / "conffiles").read_text(encoding="utf-8").split()
        unit = (ROOT / "deploy/systemd/posthaste.service").read_text(encoding="utf-8")
        self.assertEqual(kept, [re.search(r"^ExecStart=.* --config (\S+)$", unit, re.M).group(1)])
        self.assertIn(f"deploy/posthaste.yaml DESTINATION {os.path.dirname(kept[0])[1:]})", self.rules)

    def test_has_the_version_of_the_program(self):
        version = re.search(r"^project\(posthaste VERSION (\S+) ", (ROOT / "CMakeLists.txt").read_text(encoding="utf-8"), re.M).group(1)
        self.assertTrue((PACKAGE / "changelog").read_text(encoding="utf-8").startswith(f"posthaste ({version}) "))

    def test_has_scripts_that_a_shell_can_read(self):
        for name in ("postinst", "prerm"):
            path = PACKAGE / name
            self.assertTrue(os.access(path, os.X_OK), name)
            self.assertEqual(subprocess.run(["sh", "-n", path], check=False, timeout=10).returncode, 0, name)


if __name__ == "__main__":
    unittest.main()
