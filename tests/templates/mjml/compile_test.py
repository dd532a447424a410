"""templates/mjml/compile.mjs: what is authored in MJML and the HTML made of it agree, and when they do not, one is told."""
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
EXAMPLES = ROOT / "docs/examples/templates"


def compile_mjml(*words):
    done = subprocess.run(["node", ROOT / "templates/mjml/compile.mjs", *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, timeout=100, check=False)
    return done.returncode, done.stdout


class Compile(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def copied(self):
        """(template.mjml, body.html) of a copy of an example."""
        shutil.copytree(EXAMPLES / "order_shipped", self.folder / "order_shipped")
        return (self.folder / "order_shipped/en" / name for name in ("template.mjml", "body.html"))

    def of(self, body, head=""):
        """What is said of one MJML document, and the HTML made of it, None if there is none."""
        (self.folder / "en").mkdir(exist_ok=True)
        (self.folder / "en/template.mjml").write_text(
            f"<mjml><mj-head>{head}</mj-head><mj-body><mj-section><mj-column>{body}</mj-column></mj-section></mj-body></mjml>")
        code, said = compile_mjml(self.folder)
        made = self.folder / "en/body.html"
        return said, made.read_text() if code == 0 else None

    def test_every_template_of_the_tree_agrees_with_its_source(self):
        folders = sorted({str(source.parent) for top in ("docs", "templates") for source in (ROOT / top).rglob("template.mjml")})
        self.assertTrue(folders)
        self.assertEqual(compile_mjml("--check", *folders), (0, f"{len(folders)} agree\n"))

    def test_html_that_was_edited_alone_is_told_and_made_anew(self):
        _, made = self.copied()
        whole = made.read_text()
        made.write_text(whole.replace("Follow the parcel", "Click here"))
        code, said = compile_mjml("--check", self.folder)
        self.assertEqual(code, 1)
        self.assertIn("order_shipped/en/body.html: is not what template.mjml gives", said)
        self.assertNotIn("order_shipped/de", said)
        self.assertIn("Click here", made.read_text(), "a check writes nothing")
        self.assertEqual(compile_mjml(self.folder), (0, f"{made}\n"))
        self.assertEqual(made.read_text(), whole)

    def test_a_source_that_was_edited_alone_is_told(self):
        source, made = self.copied()
        source.write_text(source.read_text().replace("Follow the parcel", "Where is it?"))
        self.assertEqual(compile_mjml("--check", self.folder)[0], 1)
        self.assertEqual(compile_mjml(self.folder)[0], 0)
        self.assertIn("Where is it?", made.read_text())
        made.unlink()
        self.assertEqual(compile_mjml("--check", self.folder)[0], 1, "nothing was made of it")

    def test_tags_of_mustache_stay_where_they_were(self):
        _, html = self.of("<mj-raw>{{#shown}}</mj-raw><mj-text>{{name | title}}</mj-text><mj-raw>{{/shown}}</mj-raw>"
                          '<mj-button href="{{go_url}}" background-color="{{accent_color}}">Go</mj-button>')
        parts = ["{{#shown}}", "{{name | title}}", "{{/shown}}", 'bgcolor="{{accent_color}}"', 'href="{{go_url}}"']
        places = [html.find(part) for part in parts]
        self.assertEqual(places, sorted(places))
        self.assertGreater(places[0], 0)

    def test_what_mjml_does_not_know_is_told_with_its_line(self):
        said, html = self.of("<mj-txet>Hello</mj-txet>")
        self.assertIsNone(html)
        self.assertRegex(said, r"en/template\.mjml:\d+: .*mj-txet")
        said, html = self.of('<mj-text color="#nocolour">Hello</mj-text>')
        self.assertIsNone(html)
        self.assertIn("color", said)

    def test_nothing_is_fetched_nor_included(self):
        _, html = self.of('<mj-text font-family="Roboto">Hello</mj-text>')
        self.assertNotIn("//fonts.", html)
        self.assertNotIn("@import", html)
        (self.folder / "part.mjml").write_text("<mj-text>Hello</mj-text>")
        said, html = self.of('<mj-include path="../part.mjml" />')
        self.assertIsNone(html)
        self.assertIn("mj-include", said)

    def test_a_folder_without_a_source_is_no_success(self):
        self.assertEqual(compile_mjml("--check", self.folder)[0], 1)
        self.assertEqual(compile_mjml()[0], 2)


if __name__ == "__main__":
    unittest.main()
