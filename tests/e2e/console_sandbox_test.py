"""A newcomer plays with the whole product in the browser: `posthaste sandbox`, and nothing else."""
import subprocess
import unittest

from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from console_browser import SCHEMES, WIDTHS, Browser
from outside_world import Child, Folder, free_port, program, wait_for

PAGES = ["", "inbox", "message", "queue", "relays", "verifications", "templates", "drafts"]


class SandboxConsole(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = Folder()
        cls.addClassCleanup(folder.close)
        port = free_port()
        cls.folder = folder.path
        sandbox = Child([program(), "sandbox", "--data-dir", str(folder.path), "--port-base", str(port)], folder.path / "out")
        cls.addClassCleanup(sandbox.stop)
        wait_for("the sandbox is ready", lambda: "Ctrl-C" in sandbox.said())
        cls.browser = Browser(f"127.0.0.1:{port + 1}")
        cls.addClassCleanup(cls.browser.close)

    def setUp(self):
        self.browser.look(WIDTHS[0], SCHEMES[0])

    def send(self, to):
        """Fills the form, and waits until the mail is shown that it sent."""
        self.browser.open("/console/inbox")
        self.browser.fill("input[name=to]", to)
        self.browser.find("#send").click()
        return wait_for(f"the code for {to}", lambda: self.browser.run(
            "const facts = document.querySelector('.split > .stack');"
            "return facts.innerText.includes(arguments[0]) && document.querySelector('#code')?.innerText", to))

    def test_a_code_is_sent_copied_and_checked(self):
        code = self.send("ana@example.test")
        self.assertRegex(code, r"^\d{6}$")
        self.browser.driver.execute_cdp_cmd("Browser.grantPermissions", {
            "permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]})
        self.browser.find("#copy").click()
        self.browser.says(f"Copied {code}")
        self.assertEqual(self.browser.run("return navigator.clipboard.readText()"), code)
        wrong = code[:-1] + str((int(code[-1]) + 1) % 10)
        self.browser.fill("input[name=code]", wrong)
        self.browser.button("Check the code").click()
        self.browser.says("4 guesses left")
        self.browser.fill("input[name=code]", code)
        self.browser.button("Check the code").click()
        self.browser.says("matched")

    def test_mail_that_arrives_from_elsewhere_appears_by_itself(self):
        self.send("bo@example.test")
        self.browser.run("window.notReloaded = true")
        self.browser.run("document.querySelector('select[name=kind]').value = 'password'")
        self.browser.find("#send").click()
        self.browser.says("Your Acme password was changed")
        self.assertTrue(self.browser.run("return window.notReloaded"))

    def test_headers_and_source_of_a_mail_are_there(self):
        self.send("cid@example.test")
        self.browser.button("Headers").click()
        self.browser.says("Message-ID")
        self.browser.button("Source").click()
        self.browser.says("Content-Transfer-Encoding")

    def test_a_frame_of_mail_runs_nothing(self):
        self.send("dora@example.test")
        frame = self.browser.find("iframe")
        self.assertEqual(frame.get_attribute("sandbox"), "")
        self.browser.driver.switch_to.frame(frame)
        self.addCleanup(self.browser.driver.switch_to.default_content)
        self.assertEqual(self.browser.run("return self.origin"), "null")

    def test_a_message_is_found_by_its_recipient(self):
        self.send("eva@example.test")
        self.browser.open("/console/message")
        self.browser.fill("input[name=query]", "eva@example.test").submit()
        self.browser.says("accepted by relay capture after")
        self.browser.says("e***@example.test")
        self.browser.find("summary").click()
        self.browser.says("RCPT TO:")
        self.browser.open("/console/message?query=nobody")
        self.browser.says("recipient")

    def test_every_page_is_clean_in_either_scheme_and_width(self):
        self.send("fay@example.test")
        pages = PAGES + ["message?query=fay@example.test"]
        for page in pages:
            for width in WIDTHS:
                for scheme in SCHEMES:
                    with self.subTest(page=page, width=width, scheme=scheme):
                        self.browser.look(width, scheme)
                        self.browser.open(f"/console/{page}")
                        name = {"": "now"}.get(page, page.split("?")[0] + ("-one" if "?" in page else ""))
                        self.assertEqual(self.browser.violations(), [])
                        self.assertLessEqual(self.browser.overflows(), 0)
                        self.browser.shoot(f"sandbox-{name}-{scheme}-{width}")
        self.assertEqual(self.browser.complaints(), [])

    def test_templates_are_shown_in_each_language_and_scheme(self):
        self.browser.open("/console/templates?key=sandbox/verification_code")
        self.browser.run("const s = document.querySelector('select[name=locale]'); s.value = 'de';"
                         "s.dispatchEvent(new Event('change'))")
        self.browser.run("const s = document.querySelector('select[name=scheme]'); s.value = 'dark';"
                         "s.dispatchEvent(new Event('change'))")
        source = self.browser.find("iframe").get_attribute("src")
        self.assertIn("locale=de", source)
        self.assertIn("scheme=dark", source)

    def heading(self):
        """The h1 of the draft in the frame; None while the page puts another frame in its place."""
        try:
            self.browser.driver.switch_to.frame(self.browser.find("iframe"))
            return self.browser.run("return document.querySelector('h1')?.innerText")
        except StaleElementReferenceException:
            return None
        finally:
            self.browser.driver.switch_to.default_content()

    def test_a_template_is_drawn_again_when_it_is_saved(self):
        desk = self.folder / "desk"
        subprocess.run([program(), "template", "new", "hello", "--class", "general", "--out", desk], check=True, stdout=subprocess.DEVNULL)
        watch = Child([program(), "template", "preview", str(desk / "hello"), "--out", str(desk / "out"), "--no-picture", "--watch",
                       "--data-dir", str(self.folder)], desk / "log")
        self.addCleanup(watch.stop)
        self.browser.open("/console/drafts")
        self.browser.says("Lint finds nothing.")
        self.browser.run("window.notReloaded = true")
        wait_for("the draft", lambda: self.heading() == "Welcome to Posthaste")
        page = desk / "hello/en/body.html"
        page.write_text(page.read_text().replace("Welcome to", "Good to see you,"))
        wait_for("the draft as it was saved", lambda: self.heading() == "Good to see you, Posthaste")
        page.write_text(page.read_text().replace("{{product_name}}</h1>", "{{nmae}}</h1>"))
        self.browser.says("undeclared")
        page.write_text(page.read_text().replace("{{nmae}}</h1>", "<span style=\"color:#eeeeee\">you</span></h1>"))
        self.browser.says("contrast")
        wait_for("the draft that lint does not like", lambda: self.heading() == "Good to see you, you")
        self.assertTrue(self.browser.run("return window.notReloaded"))
        for width in WIDTHS:
            for scheme in SCHEMES:
                self.browser.look(width, scheme)
                self.browser.open("/console/drafts?name=hello")
                self.assertEqual(self.browser.violations(), [])
                self.assertLessEqual(self.browser.overflows(), 0)
                self.browser.shoot(f"sandbox-drafts-hello-{scheme}-{width}")

    def test_every_kind_of_mail_is_sent_from_the_form(self):
        for kind, subject in (("sign_in", "sign-in"), ("mfa", "Two-step")):
            with self.subTest(kind=kind):
                self.browser.open("/console/inbox")
                self.browser.run("document.querySelector('select[name=kind]').value = arguments[0]", kind)
                self.browser.fill("input[name=to]", f"{kind.replace('_', '-')}@example.test").submit()
                wait_for(f"mail of {kind}", lambda: self.browser.run(
                    "return document.querySelector('.split > .stack h2').innerText.includes(arguments[0])", subject))

    def test_a_walk_without_a_mouse(self):
        def press(*pressed):
            ActionChains(self.browser.driver).send_keys(*pressed).perform()

        self.browser.open("/console/")
        press(Keys.TAB)
        self.assertEqual(self.browser.run("return document.activeElement.className"), "skip")
        press(Keys.ENTER)
        self.assertEqual(self.browser.run("return document.activeElement.id"), "main")
        self.browser.open("/console/relays")
        self.browser.run("document.querySelector('button[data-do=hold]').focus()")
        press(Keys.ENTER)
        self.browser.find("dialog[open]")
        self.assertEqual(self.browser.run("return document.activeElement.name"), "minutes")
        self.assertEqual(self.browser.violations(), [])
        press(Keys.ESCAPE)
        wait_for("the dialog is gone", lambda: not self.browser.run("return document.querySelector('dialog')"))
        self.assertEqual(self.browser.run("return document.activeElement.dataset.do"), "hold")
        self.send("gil@example.test")
        self.browser.run("document.querySelector('[role=tab]').focus()")
        press(Keys.ARROW_RIGHT)
        self.assertEqual(self.browser.run("return document.activeElement.innerText"), "Text")

    def test_everything_is_reached_by_the_keyboard(self):
        self.browser.open("/console/")
        reached = self.browser.run("""
            const visible = (one) => one.offsetParent !== null || one.tagName === "BODY";
            return [...document.querySelectorAll("a[href], button:not([role=tab]), input, select, [tabindex='0']")]
              .filter((one) => visible(one) && one.tabIndex < 0).map((one) => one.outerHTML)""")
        self.assertEqual(reached, [])


if __name__ == "__main__":
    unittest.main()
