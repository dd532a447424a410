#!/usr/bin/env python3
"""Plants one violation of each kind in a small tree and sees it reported."""
import pathlib
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True

import tidy  # noqa: E402
from tree import Tree  # noqa: E402

CLEAN = {
    "base/thing.h": "// Things.\n#pragma once\n",
    "base/thing.cc": '#include "base/thing.h"\n\nint Thing() {\n  return 1;\n}\n',
    "tests/base/thing_test.cc": '#include "base/thing.h"\nTEST(Thing, Does) {}\n',
    "docs/DELIVERY.md": "`Thing.Does` `Thing.*` `fuzz.x_fuzz`\n",
    "tests/base/CMakeLists.txt": "ph_test(NAME t SOURCES thing_test.cc)\nph_fuzz(NAME f SOURCES a_fuzz.cc)\n",
    "tests/base/a_fuzz.cc": "",
    "tests/fuzz/corpus/f/one": "x",
    "tests/smtp/dialogue_test.cc": '// Plays "greeting.txt".\n',
    "tests/smtp/CMakeLists.txt": "ph_test(NAME d SOURCES dialogue_test.cc)\n",
    "tests/dialogues/greeting.txt": "S: 220\n",
    "proto/posthaste/config/v1/config.proto": "message Config {\n  // Where.\n  string address = 1;\n}\n",
    "deploy/posthaste.yaml": "address: here\n",
    "docs/OPERATIONS.md": "# Settings of it\n\n`address` `posthaste_jobs_total`\n",
    "base/count.h": '// Counts.\n#pragma once\ninline const char* kName = "posthaste_jobs_total";\n',
    "README.md": "[manual](docs/OPERATIONS.md#settings-of-it) [web](https://example.com) `[x](nowhere)`\n",
}
CLEAN.update({f"tests/checklist/{item:02}_it_test.py": "" for item in range(1, 20)})
CLEAN["tests/checklist/CMakeLists.txt"] = "\n".join(f"add_test(NAME c COMMAND {item:02}_it_test.py)" for item in range(1, 20))
LONG_BODY = "  Do();\n" * 58

# (check, file, its text, what the complaint names)
PLANTED = [
    ("includes", "smtp/a.h", '// A.\n#pragma once\n#include "service/queue/q.h"\n', "smtp must not include service/queue/q.h"),
    ("includes", "service/api/a.h", '// A.\n#pragma once\n#include "service/worker/w.h"\n', "must not include service/worker/w.h"),
    ("includes", "service/api/a.h", '// A.\n#pragma once\n#include "service/redis/r.h"\n', "must not include service/redis/r.h"),
    ("includes", "base/thing.h", '// A.\n#pragma once\n#include "posthaste/v1/message.pb.h"\n', "base must not include"),
    ("includes", "base/thing.h", '// A.\n#pragma once\n#include "tests/support/temp.h"\n', "base must not include"),
    ("includes", "base/thing.h", '// A.\n#pragma once\n#include "base/gone.h"\n', "not a path"),
    ("includes", "service/drawer/a.h", "// A.\n#pragma once\n", "no place among the layers"),
    ("file_size", "base/thing.cc", "\n" * 401, "401 lines"),
    ("file_size", "dev", "\n" * 401, "401 lines"),
    ("function_size", "base/thing.cc", f"int F() {{\n{LONG_BODY}}}\n", "base/thing.cc:1: function of 60 lines"),
    ("function_size", "base/thing.cc", f"class A {{\n  int F() {{\n{LONG_BODY.replace('  D', '    D')}  }}\n}};\n", "base/thing.cc:2: function"),
    ("words", "base/thing.h", "// A MessageDelivered event.\n", "MessageDelivered"),
    ("words", "proto/posthaste/v1/a.proto", "int64 retry_count = 1;\n", "retry_count"),
    ("words", "docs/a.md", "the dead letter queue\n", "dead letter"),
    ("words", "base/thing.h", "// TODO: more.\n", "TODO"),
    ("coroutines", "smtp/a.cc", "void F() {\n  asio::co_spawn(loop, G());\n}\n", "smtp/a.cc:2"),
    ("wall_clock", "smtp/a.cc", "auto t = absl::Now();\n", "absl::Now"),
    ("wall_clock", "tests/smtp/dialogue_test.cc", "auto t = std::chrono::system_clock::now();\n", "system_clock"),
    ("wall_clock", "smtp/a.cc", "auto t = time(nullptr);\n", "time(nullptr)"),
    ("seams", "service/queue/a.cc", "#include <hiredis/hiredis.h>\n", "hiredis"),
    ("seams", "service/worker/a.cc", "#include <grpcpp/grpcpp.h>\n", "gRPC"),
    ("seams", "service/worker/a.cc", '#include "posthaste/v1/message_service.grpc.pb.h"\n', "gRPC"),
    ("seams", "service/api/a.cc", "#include <boost/beast.hpp>\n", "Beast"),
    ("seams", "base/thing.cc", "#include <openssl/evp.h>\n", "OpenSSL"),
    ("headers", "base/thing.h", "// A.\n", "no #pragma once"),
    ("headers", "base/thing.h", "#pragma once\n", "what it is for"),
    ("tested", "base/other.cc", "", "base/other.cc"),
    ("tested", "tests/tidy/untested.txt", "base/gone.cc because\n", "no line any more"),
    ("tested", "tests/tidy/untested.txt", "base/thing.cc because\n", "no line any more"),
    ("registered", "tests/base/other_test.cc", "", "other_test.cc"),
    ("registered", "tests/base/thing_fuzz.cc", "", "thing_fuzz.cc"),
    ("registered", "tests/base/python_test.py", "", "python_test.py"),
    ("registered", "tests/dialogues/lonely.txt", "S: 220\n", "lonely.txt"),
    ("registered", "tests/base/CMakeLists.txt",
     "ph_test(NAME t SOURCES thing_test.cc)\nph_fuzz(NAME g SOURCES a_fuzz.cc)\n", "first input"),
    ("checklist", "tests/checklist/11_again_test.cc", "", "item 11 has 2 files"),
    ("checklist", "tests/checklist/20_more_test.cc", "", "20_more_test.cc: is of no item"),
    ("checklist", "tests/checklist/more_test.py", "", "more_test.py: is of no item"),
    ("links", "README.md", "[gone](docs/GONE.md)\n", "docs/GONE.md"),
    ("links", "README.md", "[gone](docs/OPERATIONS.md#gone)\n", "no such heading"),
    ("cited", "docs/DELIVERY.md", "`Thing.DoesNothing`\n", "Thing.DoesNothing"),
    ("cited", "docs/DELIVERY.md", "`Thing.Does` `Nothing.*`\n", "Nothing.*"),
    ("cited", "docs/DELIVERY.md", "`Row65RollsDice`\n", "Row65RollsDice"),
    ("cited", "docs/DELIVERY.md", "*no_greeting*\n", "no_greeting"),
    ("settings", "deploy/posthaste.yaml", "# nothing\n", "address is missing"),
    ("settings", "deploy/posthaste.yaml", "address: here\nport: 1\n", "no setting port"),
    ("settings", "docs/OPERATIONS.md", "posthaste_jobs_total\n", "address is missing"),
    ("metrics", "base/thing.cc", 'auto x = "posthaste_new_total";\n', "posthaste_new_total is missing"),
    ("metrics", "docs/OPERATIONS.md", "`address` posthaste_jobs_total posthaste_old_total\n", "no code has"),
]


def complaints(files, check):
    with tempfile.TemporaryDirectory() as root:
        for path, text in files.items():
            target = pathlib.Path(root, path)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        return list(tidy.CHECKS[check](Tree(root)))


class TidyTest(unittest.TestCase):
    def test_finds_nothing_in_a_clean_tree(self):
        for check in tidy.CHECKS:
            self.assertEqual(complaints(CLEAN, check), [], check)

    def test_finds_what_was_planted_and_no_more(self):
        for check, path, text, expected in PLANTED:
            with self.subTest(check=check, text=text[:60]):
                found = complaints({**CLEAN, path: text}, check)
                self.assertEqual(len(found), 1, found)
                self.assertIn(expected, found[0])

    def test_counts_users_of_a_seam_that_belongs_to_so_many_files(self):
        users = {f"service/ops/{name}.cc": "#include <boost/beast/http.hpp>\n" for name in "abc"}
        self.assertEqual(len(complaints({**CLEAN, **users}, "seams")), 1)

    def test_misses_an_item_of_the_checklist_that_has_no_file(self):
        tree = {path: text for path, text in CLEAN.items() if not path.startswith("tests/checklist/11_")}
        self.assertEqual(complaints(tree, "checklist"), ["tests/checklist/: item 11 has 0 files: none"])

    def test_every_check_has_a_planted_violation(self):
        self.assertEqual({check for check, *_ in PLANTED}, set(tidy.CHECKS))

    def test_ignores_comments_and_strings_where_code_is_meant(self):
        text = '// absl::Now( is not for us.\nauto s = R"(absl::Now())";\n'
        self.assertEqual(complaints({**CLEAN, "smtp/a.cc": text}, "wall_clock"), [])

    def test_knows_sources_that_a_cmake_loop_names(self):
        loop = "foreach(one a b)\n  ph_fuzz(NAME x_${one} SOURCES ${one}_fuzz.cc)\nendforeach()\n"
        tree = {**CLEAN, "tests/fuzz/x/CMakeLists.txt": loop, "tests/fuzz/x/a_fuzz.cc": "", "tests/fuzz/x/c_fuzz.cc": ""}
        self.assertEqual(len(complaints(tree, "registered")), 1)

    def test_allows_a_function_of_59_lines(self):
        text = "int F() {\n" + "  Do();\n" * 57 + "}\n"
        self.assertEqual(complaints({**CLEAN, "base/thing.cc": text}, "function_size"), [])


if __name__ == "__main__":
    unittest.main()
