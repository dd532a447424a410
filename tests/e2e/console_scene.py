"""`posthaste serve` with an operator's keys, and a browser that logs in to its console."""
import hashlib

from console_browser import Browser
from outside_scene import Scene

SECRET = "operators-secret-of-no-worth"


def add_operator(config):
    """Keys `ana` (may act) and `eve` (may look)."""
    digest = hashlib.sha256(SECRET.encode()).hexdigest()
    config["tenants"].append({"id": "operator", "keys": [
        {"id": "ana", "scopes": ["ops.read", "ops.write"], "secret_sha256": [digest]},
        {"id": "eve", "scopes": ["ops.read"], "secret_sha256": [digest]}]})


def log_in(browser, key="ana"):
    browser.driver.get(browser.root + "/console/")
    browser.fill("input[name=key]", f"{key}.{SECRET}").submit()
    browser.find("nav")


def log_out(browser):
    browser.button("Log out").click()
    browser.find("input[name=key]")


class ConsoleScene(Scene):
    """A Scene with a browser, `ana` being logged in."""

    @classmethod
    def configure(cls, config):
        add_operator(config)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.browser = Browser(cls.config["ops"]["address"])
        cls.addClassCleanup(cls.browser.close)
        log_in(cls.browser)

    def act(self, button, reason, **choices):
        """Presses a button, gives the reason that is asked for, and waits until it is done."""
        button.click()
        for name, value in choices.items():
            self.browser.run("document.querySelector(arguments[0]).value = arguments[1]", f"dialog [name={name}]", value)
        self.browser.fill("dialog input[name=reason]", reason).submit()
