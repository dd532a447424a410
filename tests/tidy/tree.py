"""The files of the tree, as the checks see them."""
import functools
import os
import pathlib
import re

SKIPPED = {"build", ".git", ".cache", "__pycache__", "node_modules", ".library", ".mirror"}
PRODUCT = ("base/", "smtp/", "templates/engine/", "service/")
# Files that others wrote, or that hold what a test wants to find.
FOREIGN = ("tests/tidy/", "tests/templates/data/", "tests/golden/", "tests/fuzz/corpus/", "proto/google/")


class Tree:
    def __init__(self, root):
        self.root = pathlib.Path(root).resolve()

    @functools.cached_property
    def files(self):
        """Every file, relative to the root, sorted."""
        found = []
        for folder, folders, names in os.walk(self.root):
            folders[:] = sorted(name for name in folders if name not in SKIPPED)
            relative = pathlib.Path(folder).relative_to(self.root)
            found += [(relative / name).as_posix() for name in names]
        return sorted(found)

    def ending(self, *endings, foreign=False):
        return [path for path in self.files
                if path.endswith(endings) and (foreign or not path.startswith(FOREIGN))]

    def product(self, *endings):
        return [path for path in self.ending(*endings) if path.startswith(PRODUCT)]

    @functools.cache
    def text(self, path):
        return (self.root / path).read_text(encoding="utf-8", errors="replace")

    @functools.cache
    def code(self, path):
        """The text with comments and raw strings blanked; lines stay where they are."""
        def blank(match):
            if match.group(0).startswith(("/", "R")):
                return re.sub(r"[^\n]", " ", match.group(0))
            return match.group(0)
        return re.sub(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'',
                      blank, self.text(path), flags=re.S)

    def exists(self, path):
        return (self.root / path).exists()

    def search(self, paths, pattern, code=True):
        """(path:line, match) for every match in the paths."""
        compiled = re.compile(pattern)
        for path in paths:
            text = self.code(path) if code else self.text(path)
            for number, line in enumerate(text.split("\n"), 1):
                for match in compiled.finditer(line):
                    yield f"{path}:{number}", match


def folder_of(path):
    """The layer of a product file: base, smtp, templates/engine, service/<part>, or service for what lies in it directly."""
    parts = path.split("/")
    if parts[0] == "service" and len(parts) > 2:
        return "/".join(parts[:2])
    if parts[0] == "templates":
        return "/".join(parts[:2])
    return parts[0]
