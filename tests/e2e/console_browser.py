"""A headless Chromium that walks the console: Debian's, driven by Selenium, with axe-core from npm."""
import pathlib

from selenium import webdriver
from selenium.webdriver.chrome.service import Service as Driver
from selenium.webdriver.common.by import By

from outside_world import ROOT, wait_for

AXE = ROOT / "build/npm/node_modules/axe-core/axe.min.js"
SHOTS = ROOT / "build/console"
WIDTHS = (1280, 390)
SCHEMES = ("light", "dark")


class Browser:
    """`address` is where the operators' HTTP listens."""

    def __init__(self, address):
        self.root = f"http://{address}"
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
                     "--force-color-profile=srgb", "--lang=en-GB"):
            options.add_argument(word)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(service=Driver("/usr/bin/chromedriver"), options=options)
        self.driver.set_page_load_timeout(30)
        self.look(WIDTHS[0], SCHEMES[0])

    def look(self, width, scheme):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": 900 if width > 600 else 844, "deviceScaleFactor": 1, "mobile": False})
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": scheme}]})

    def open(self, path):
        self.driver.get(self.root + path)
        wait_for(f"{path} is filled", lambda: self.run("return document.body.dataset.ready === 'yes' || !document.body.dataset.page"))
        return self

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def find(self, css):
        return wait_for(f"{css} is there", lambda: next(iter(self.driver.find_elements(By.CSS_SELECTOR, css)), None))

    def button(self, text):
        """The visible button or link that reads so."""
        path = f"//*[self::button or self::a][normalize-space(.)='{text}']"
        return wait_for(f"a button {text}", lambda: next(
            (one for one in self.driver.find_elements(By.XPATH, path) if one.is_displayed()), None))

    def text(self):
        return self.run("return document.body.innerText")

    def says(self, words, seconds=30):
        return wait_for(f"the page says {words!r}", lambda: words in self.text(), seconds)

    def fill(self, css, text):
        field = self.find(css)
        field.clear()
        field.send_keys(text)
        return field

    def violations(self):
        """What axe finds, as lines; frames are others' mail."""
        self.run(AXE.read_text())
        found = self.driver.execute_async_script(
            "const done = arguments[arguments.length - 1];"
            "axe.run(document, {iframes: false}).then((result) => done(result.violations), (error) => done([{id: String(error), nodes: []}]))")
        return [f"{one['id']}: {node.get('html', '')[:160]} {node.get('failureSummary', '')}" for one in found
                for node in one["nodes"] or [{}]]

    def overflows(self):
        """By how many pixels the page is wider than its window."""
        return self.run("return document.documentElement.scrollWidth - innerWidth")

    def shoot(self, name):
        SHOTS.mkdir(parents=True, exist_ok=True)
        height = self.run("return Math.min(2400, document.documentElement.scrollHeight)")
        width = self.run("return innerWidth")
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": max(height, 600), "deviceScaleFactor": 1, "mobile": False})
        path = SHOTS / f"{name}.png"
        self.driver.save_screenshot(str(path))
        return path

    def complaints(self):
        """What the browser's log has against the page, such as a violated policy; refusals that a page shows are none."""
        return [line["message"] for line in self.driver.get_log("browser")
                if line["level"] == "SEVERE" and "the server responded with a status of 4" not in line["message"]]

    def close(self):
        self.driver.quit()
