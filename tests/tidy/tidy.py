#!/usr/bin/env python3
"""Rules of the tree that no compiler checks. Usage: tidy.py [--root DIR] [--list] [CHECK…]; exit 1 when one is broken.

Each check is a generator of complaints, "path[:line]: what is wrong". tidy_test.py plants a violation of each.
"""
import argparse
import pathlib
import posixpath
import re
import sys

sys.dont_write_bytecode = True  # The sources may be read-only, and two checks may run at once.

from tree import Tree, folder_of  # noqa: E402

CHECKS = {}


def check(function):
    CHECKS[function.__name__] = function
    return function


BELOW_WORKERS = {"service/queue", "service/delivery", "service/codes", "service/config", "smtp", "templates/engine", "base"}
EVERYTHING = {"service/redis", "service/queue", "service/delivery", "service/codes", "service/config", "service/api", "service/worker", "service/ops",
              "service/cli", "service/console", "service/webhooks", "service/doctor", "service/sandbox", "smtp", "templates/engine", "base"}
# What a folder may include besides itself; service is main.cc and its wiring.
MAY_INCLUDE = {
    "base": set(),
    "smtp": {"base"},
    "templates/engine": {"base"},
    "service/redis": {"base"},
    "service/queue": {"service/redis", "base"},
    "service/delivery": {"service/queue", "smtp", "base"},
    "service/codes": {"base"},
    "service/config": {"base"},
    "service/api": BELOW_WORKERS,
    "service/worker": BELOW_WORKERS,
    "service/ops": BELOW_WORKERS,
    "service/webhooks": BELOW_WORKERS | {"service/api"},  # An event looks as the API shows it.
    "service/cli": BELOW_WORKERS,
    "service/console": EVERYTHING - {"service/doctor", "service/sandbox", "service/webhooks"},
    "service/doctor": {"service/redis", "service/config", "service/cli", "smtp", "base"},
    "service/sandbox": EVERYTHING,
    "service": EVERYTHING,
}


@check
def includes(tree):
    """Includes run downward only, and siblings are strangers."""
    for path in tree.product(".cc", ".h"):
        if folder_of(path) not in MAY_INCLUDE:
            yield f"{path}: the folder {folder_of(path)} has no place among the layers (tests/tidy/tidy.py)"
    for where, match in tree.search(tree.product(".cc", ".h"), r'^\s*#\s*include\s+"([^"]+)"'):
        included = match.group(1)
        folder = folder_of(where)
        messages = included.endswith(".pb.h") or included.startswith("google/protobuf/")
        if folder not in MAY_INCLUDE or included.startswith("absl/") or (messages and folder != "base"):
            continue
        target = folder_of(included)
        if target != folder and target not in MAY_INCLUDE[folder]:
            yield f"{where}: {folder} must not include {included}"
        elif not tree.exists(included):
            yield f"{where}: {included} is not a path from the root"


LINES_MAX = 400
FUNCTION_LINES_MAX = 60


@check
def file_size(tree):
    """A file has one duty."""
    for path in tree.ending(".cc", ".h", ".c", ".py", ".lua", ".sh") + tree.ending("dev"):
        if "/" not in path and path != "dev" and not path.endswith(".py"):
            continue
        lines = tree.text(path).count("\n")
        if lines > LINES_MAX:
            yield f"{path}: {lines} lines, at most {LINES_MAX}"


@check
def function_size(tree):
    """A function fits on a screen. Relies on clang-format: a function ends with a brace at its own indentation."""
    for path in tree.ending(".cc", ".h"):
        lines = tree.code(path).split("\n")
        for end, line in enumerate(lines):
            if line not in ("}", "  }"):
                continue
            start = start_of(lines, end, len(line) - 1)
            if line != "}" and not re.match(r"(template|class|struct|union)\b", lines[start_of(lines, end, 0)]):
                continue  # A block of a function, not a function of a class.
            if end - start + 1 >= FUNCTION_LINES_MAX:
                yield f"{path}:{start + 1}: function of {end - start + 1} lines, must be below {FUNCTION_LINES_MAX}"


def start_of(lines, end, indent):
    """Where the thing begins that ends in line `end` at this indentation."""
    start = end - 1
    while start > 0 and not begins(lines[start], indent):
        start -= 1
    return start


def begins(line, indent):
    stripped = line.strip()
    if not stripped or stripped[0] in "#}" or stripped in ("public:", "private:", "protected:"):
        return False
    return len(line) - len(line.lstrip()) <= indent


# The vocabulary says accepted, parked, attempt.
FORBIDDEN = r"MessageDelivered|\bdelivered_at\b|\bk?Delivered\b|\bDELIVERED\b|delivery[ _]status|DeliveryStatus" \
            r"|dead[ _-]letter|DeadLetter|retry_count|RetryCount"


@check
def words(tree):
    """One word for one thing."""
    paths = tree.ending(".cc", ".h", ".proto", ".lua", ".md", ".yaml", ".html", ".txt", ".js")
    paths = [path for path in paths if path != "docs/GLOSSARY.md" and not path.startswith(("docs/adr/", "templates/mail/"))]
    for where, match in tree.search(paths, FORBIDDEN, code=False):
        yield f"{where}: \"{match.group(0)}\" is not a word of docs/GLOSSARY.md"
    for where, match in tree.search(tree.ending(".cc", ".h", ".c", ".proto", ".lua", ".md", ".py", ".cmake", "dev"),
                                    r"\b(TODO|FIXME|XXX|HACK)\b", code=False):
        yield f"{where}: {match.group(0)}: do it, or write an issue"


@check
def coroutines(tree):
    """Coroutines are started where a loop is owned; elsewhere they are awaited."""
    owners = {"service", "service/api", "service/worker", "service/webhooks", "service/ops", "service/cli", "service/doctor", "service/sandbox"}
    # The tailer of events runs only while somebody listens: nobody above knows when to start it.
    tailer = "service/queue/events.cc"
    paths = [path for path in tree.product(".cc", ".h") if folder_of(path) not in owners and path != tailer]
    for where, _ in tree.search(paths, r"\bco_spawn\s*\("):
        yield f"{where}: co_spawn belongs to service/api, worker and ops"


@check
def wall_clock(tree):
    """Time is asked of posthaste::Clock only."""
    free = ("base/", "tests/base/", "tests/support/", "tests/bench/")
    paths = [path for path in tree.ending(".cc", ".h", ".c") if not path.startswith(free)]
    pattern = r"absl::Now\(|system_clock::now|\b(?:std::)?time\((?:nullptr|NULL|0)\)|\bgettimeofday\(|CLOCK_REALTIME"
    for where, match in tree.search(paths, pattern):
        yield f"{where}: {match.group(0)}: ask a posthaste::Clock"


# (what, pattern of the include, where it may stand, in how many files at most)
SEAMS = [
    ("hiredis", r"hiredis", ("service/redis/",), None),
    ("gRPC", r"grpcpp/|grpc/|.*\.grpc\.pb\.h", ("service/api/", "service/cli/", "service/main.cc"), None),
    ("Beast", r"boost/beast", ("service/ops/", "service/webhooks/"), 2),
    ("OpenSSL", r"openssl/", ("base/crypto.cc", "smtp/", "service/redis/", "service/config/", "service/ops/tls.cc"), None),
    ("yaml-cpp", r"yaml-cpp/", ("service/config/", "templates/engine/metadata.cc"), 2),
    ("CLI11", r"CLI/", ("service/cli/words.h",), 1),
    ("RE2", r"re2/", ("smtp/outcome_match.cc",), 1),
    ("prometheus-cpp", r"prometheus/", ("base/metrics.",), None),
]


@check
def seams(tree):
    """Each third party comes in at one place."""
    for name, pattern, places, files_max in SEAMS:
        users = set()
        for where, match in tree.search(tree.product(".cc", ".h"), rf'^\s*#\s*include\s+[<"](?:{pattern})'):
            users.add(where.split(":")[0])
            if not where.startswith(places):
                yield f"{where}: {name} belongs to {', '.join(places)}"
        if files_max is not None and len(users) > files_max:
            yield f"{', '.join(sorted(users))}: {name} belongs to {files_max} file(s)"


@check
def headers(tree):
    """A header is guarded by #pragma once, and one of the product says first what it is for."""
    for path in tree.ending(".h"):
        text = tree.text(path)
        if "#pragma once\n" not in text:
            yield f"{path}: no #pragma once"
        if not path.startswith("tests/") and not text.startswith("//"):
            yield f"{path}: does not begin with what it is for"


UNTESTED = "tests/tidy/untested.txt"
DELIVERY = "docs/DELIVERY.md"


@check
def tested(tree):
    """Every source has a test file at the same path under tests/, or a reason."""
    reasons = {}
    if tree.exists(UNTESTED):
        for line in tree.text(UNTESTED).splitlines():
            if line and not line.startswith("#"):
                path, _, reason = line.partition(" ")
                reasons[path] = reason.strip()
    for path in tree.product(".cc"):
        test = f"tests/{path[:-3]}_test.cc"
        if not tree.exists(test) and not reasons.get(path):
            yield f"{path}: no {test}, and no reason in {UNTESTED}"
    for path in reasons:
        if not tree.exists(path) or tree.exists(f"tests/{path[:-3]}_test.cc"):
            yield f"{UNTESTED}: {path} needs no line any more"


@check
def registered(tree):
    """Every test, dialogue and fuzz target is run by ctest."""
    folders = {posixpath.dirname(path): tree.text(path) for path in tree.files if path.endswith("CMakeLists.txt")}
    lists = "\n".join(tree.text(path) for path in tree.files if path.startswith("tests/") and path.endswith("CMakeLists.txt"))
    users = [tree.text(path) for path in tree.files if path.startswith("tests/") and path.endswith((".cc", ".h", ".py"))]
    walked = "dialogues/*.txt" in lists or any("dialogues" in text and "directory_iterator" in text for text in users)
    for path in tree.ending("_test.cc", "_test.py", "_fuzz.cc", foreign=True):
        folder, name = posixpath.split(path)
        stem, ending = re.fullmatch(r"(.*)(_\w+\.\w+)", name).groups()
        by_loop = re.search(rf"\}}{re.escape(ending)}", folders.get(folder, "")) and re.search(rf"\b{stem}\b", folders[folder])
        if not by_loop and not re.search(rf"(?<!\w){re.escape(name)}\b", lists):
            yield f"{path}: no CMakeLists.txt under tests/ names it"
    for path in tree.ending(".txt"):
        name = posixpath.basename(path)
        if path.startswith("tests/dialogues/") and name != "CMakeLists.txt" and not walked and \
                not any(name in text for text in users):
            yield f"{path}: no test plays it"
    for name in re.findall(r"ph_fuzz\(\s*NAME\s+(\w+)(?!\w|\$)", lists):
        if not any(path.startswith(f"tests/fuzz/corpus/{name}/") for path in tree.files):
            yield f"tests/fuzz/corpus/{name}: a fuzz target needs a first input"


CHECKLIST = "tests/checklist/"
CHECKLIST_ITEMS = 19  # Of codes (SECURITY.md, "Codes, item by item").


@check
def checklist(tree):
    """Each item of the checklist is shown by one file, named after it."""
    files = {}
    for path in tree.ending("_test.cc", "_test.py"):
        if path.startswith(CHECKLIST):
            number = re.match(r"(\d\d)_", path[len(CHECKLIST):])
            files.setdefault(int(number.group(1)) if number else 0, []).append(path)
    for item in range(1, CHECKLIST_ITEMS + 1):
        found = files.pop(item, [])
        if len(found) != 1:
            yield f"{CHECKLIST}: item {item} has {len(found)} files: {', '.join(found) or 'none'}"
    for path in sorted(sum(files.values(), [])):
        yield f"{path}: is of no item from 01 to {CHECKLIST_ITEMS}"


@check
def links(tree):
    """A link of a document leads somewhere."""
    for path in tree.ending(".md"):
        text = re.sub(r"^(```|~~~).*?^\1", "", tree.text(path), flags=re.S | re.M)
        for target in re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", re.sub(r"`[^`\n]*`", "", text)):
            if re.match(r"[a-z]+:", target):
                continue
            file, _, anchor = target.partition("#")
            resolved = posixpath.normpath(posixpath.join(posixpath.dirname(path), file)) if file else path
            if not tree.exists(resolved):
                yield f"{path}: {target} does not exist"
            elif anchor and resolved.endswith(".md") and anchor not in anchors(tree.text(resolved)):
                yield f"{path}: {target}: no such heading"


@check
def cited(tree):
    """A test that docs/DELIVERY.md cites is there, with the dialogues it names."""
    text = re.sub(r"^(```|~~~).*?^\1", "", tree.text(DELIVERY), flags=re.S | re.M) if tree.exists(DELIVERY) else ""
    sources = "\n".join(tree.text(path) for path in tree.files if path.startswith("tests/") and path.endswith(".cc"))
    tests = set(re.findall(r"\bTEST(?:_F|_P)?\(\s*(\w+),\s*(\w+)\)", sources))
    suites, names = {suite for suite, _ in tests}, {name for _, name in tests}
    for suite, name in re.findall(r"`([A-Z]\w*)\.(\w+|\*)`", text):
        if suite not in suites or (name != "*" and (suite, name) not in tests):
            yield f"{DELIVERY}: no test {suite}.{name}"
    for name in re.findall(r"`(Row\d\d\w+)`", text):
        if name not in names:
            yield f"{DELIVERY}: no test {name}"
    for name in re.findall(r"\*([a-z]\w*_\w+)\*", text):
        if not tree.exists(f"tests/dialogues/{name}.txt"):
            yield f"{DELIVERY}: no dialogue {name}"


def anchors(text):
    found = set()
    for heading in re.findall(r"^#+\s+(.*?)\s*$", text, flags=re.M):
        plain = re.sub(r"[^\w\- ]", "", re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower())
        found.add(plain.replace(" ", "-"))
    return found


CONFIG = "proto/posthaste/config/v1/config.proto"
EXAMPLE = "deploy/posthaste.yaml"
OPERATIONS = "docs/OPERATIONS.md"


@check
def settings(tree):
    """Every setting stands in the example and in the operators' manual, and the example has no other."""
    if not tree.exists(CONFIG):
        return
    fields = re.findall(r"^\s*(?:repeated\s+|optional\s+)?(?:map<[^>]*>|[\w.]+)\s+(\w+)\s*=\s*\d+\s*[;\[]",
                        tree.code(CONFIG), flags=re.M)
    names = {name for name in fields if name == name.lower()}
    if tree.exists(EXAMPLE):
        example = tree.text(EXAMPLE)
        for name in sorted(names):
            if not re.search(rf"^[\s#-]*{name}:", example, flags=re.M):
                yield f"{EXAMPLE}: the setting {name} is missing"
        for name in re.findall(r"^\s*(?:- )?([a-z_]+):(?:\s|$)", example, flags=re.M):
            if name not in names:
                yield f"{EXAMPLE}: {CONFIG} has no setting {name}"
    if tree.exists(OPERATIONS):
        for name in sorted(names):
            if not re.search(rf"\b{name}\b", tree.text(OPERATIONS)):
                yield f"{OPERATIONS}: the setting {name} is missing"


@check
def metrics(tree):
    """Every metric of the code stands in the operators' manual, and the other way round."""
    if not tree.exists(OPERATIONS):
        return
    code = {match.group(1) for _, match in tree.search(tree.product(".cc", ".h"), r'"(posthaste_[a-z0-9_]+)"')}
    documented = set(re.findall(r"\bposthaste_[a-z0-9_]+\b", tree.text(OPERATIONS)))
    bare = {re.sub(r"_(bucket|sum|count)$", "", name) if name not in code else name for name in documented}
    for name in sorted(code - bare):
        yield f"{OPERATIONS}: the metric {name} is missing"
    for name in sorted(bare - code):
        yield f"{OPERATIONS}: no code has a metric {name}"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--root", default=pathlib.Path(__file__).parents[2])
    parser.add_argument("--list", action="store_true", help="print the checks' names")
    parser.add_argument("checks", nargs="*", metavar="CHECK")
    args = parser.parse_args()
    if args.list:
        print(";".join(CHECKS), end="")
        return 0
    tree = Tree(args.root)
    complaints = [line for name in args.checks or CHECKS for line in CHECKS[name](tree)]
    print("\n".join(complaints) or f"tidy ok: {len(tree.files)} files")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
