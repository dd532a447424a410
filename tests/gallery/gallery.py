#!/usr/bin/env python3
"""Every built-in mail in every language, at 360 and 800 pixels, in light and dark, as Chromium draws it: pictures on one page.

Takes the golden pages, which the tests hold equal to what is rendered. Measures as the browser does: nothing wider than the
screen, nothing fetched, contrast of 4.5:1, text of 16 px, the code from left to right. Exits 1 and says where if that is not so.
"""
import argparse
import base64
import html
import json
import pathlib
import re
import sys

from selenium import webdriver
from selenium.webdriver.chrome.service import Service as Driver

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDEN = ROOT / "tests/golden/templates"
OUT = ROOT / "build/gallery"
LOCALES = ("en", "de", "fr", "es", "pt", "ja", "ar")
WIDTHS = (360, 800)
SCHEMES = ("light", "dark")
CONTRAST = 4.5
PIXELS = 16

MEASURE = r"""
const rgb = c => c.match(/[\d.]+/g).map(Number);
const luminance = c => rgb(c).slice(0, 3).map(x => (x /= 255) <= 0.03928 ? x / 12.92 : ((x + 0.055) / 1.055) ** 2.4)
    .reduce((sum, x, i) => sum + x * [0.2126, 0.7152, 0.0722][i], 0);
const seen = {contrast: 99, worst: '', pixels: 99, wide: 0, fetched: 0, codeDirection: ''};
const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let node = walk.nextNode(); node; node = walk.nextNode()) {
  const element = node.parentElement;
  if (!node.data.trim() || !element.getClientRects().length) continue;
  const style = getComputedStyle(element);
  let behind = element;
  while (behind && (rgb(getComputedStyle(behind).backgroundColor)[3] ?? 1) === 0) behind = behind.parentElement;
  const [a, b] = [style.color, behind ? getComputedStyle(behind).backgroundColor : 'rgb(255, 255, 255)'].map(luminance);
  const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (contrast < seen.contrast) [seen.contrast, seen.worst] = [contrast, node.data.trim()];
  seen.pixels = Math.min(seen.pixels, parseFloat(style.fontSize));
  if (/^123456$/.test(node.data.trim())) seen.codeDirection = style.direction;
}
seen.wide = document.documentElement.scrollWidth;
seen.fetched = performance.getEntriesByType('resource').length;
seen.high = document.body.firstElementChild ? Math.ceil(document.body.getBoundingClientRect().height) : 0;
seen.dir = document.documentElement.dir;
return seen;
"""


class Camera:
    def __init__(self):
        options = webdriver.ChromeOptions()
        options.binary_location = "/usr/bin/chromium"
        for word in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
                     "--force-color-profile=srgb"):
            options.add_argument(word)
        self.driver = webdriver.Chrome(service=Driver("/usr/bin/chromedriver"), options=options)
        self.driver.set_page_load_timeout(30)

    def look(self, width, scheme, height=640):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": False})
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": scheme}]})

    def shoot(self, page, width, scheme, picture):
        """The measures of `page`; its picture, whole, in the file `picture`."""
        self.look(width, scheme)
        self.driver.get(page.as_uri())
        seen = self.driver.execute_script(MEASURE)
        self.look(width, scheme, seen["high"])
        shot = self.driver.execute_cdp_cmd("Page.captureScreenshot", {"format": "png"})
        picture.write_bytes(base64.b64decode(shot["data"]))
        return seen


def faults(seen, width, has_code):
    if seen["wide"] > width:
        yield f"is {seen['wide']} px wide"
    if seen["contrast"] < CONTRAST:
        yield f"has a contrast of {seen['contrast']:.2f}: {seen['worst']!r}"
    if seen["pixels"] < PIXELS:
        yield f"has text of {seen['pixels']} px"
    if seen["fetched"]:
        yield f"fetches {seen['fetched']} things"
    if has_code and seen["codeDirection"] != "ltr":
        yield f"writes the code {seen['codeDirection'] or 'nowhere'}"


def mails(only):
    """(template, locale, page) of every full mail, in the order of the page."""
    found = []
    for page in GOLDEN.glob("*.html"):
        match = re.fullmatch(r"([a-z_]+)_([a-z]{2})", page.stem)
        if match and match[2] in LOCALES and re.search(only, page.stem):
            found.append((match[1], match[2], page))
    return sorted(found, key=lambda mail: (mail[0], LOCALES.index(mail[1])))


def subject_of(page):
    return page.with_suffix(".txt").read_text(encoding="utf-8").split("\n", 1)[0].removeprefix("Subject: ")


STYLE = """
body{font:16px/1.5 system-ui,sans-serif;margin:24px;background:#fff;color:#1c2024}
h2{margin:40px 0 4px}p{margin:0 0 12px;color:#5a626c}
.row{display:flex;gap:12px;align-items:flex-start;overflow-x:auto}
figure{margin:0}figcaption{font-size:14px}img{border:1px solid #d5d9de}
"""


def write_page(shown):
    parts = [f"<!doctype html><meta charset=utf-8><title>Built-in mail</title><style>{STYLE}</style><h1>Built-in mail</h1>"]
    for title, locale, subject, shots in shown:
        parts.append(f"<h2 id={title}_{locale}>{title} · {locale}</h2><p dir=auto>{html.escape(subject)}</p><div class=row>")
        for name, width, scheme, seen in shots:
            parts.append(f"<figure><img src={name} width={width} loading=lazy alt=''><figcaption>{width} px, {scheme}, "
                         f"contrast {seen['contrast']:.1f}:1</figcaption></figure>")
        parts.append("</div>")
    (OUT / "index.html").write_text("\n".join(parts), encoding="utf-8")


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("only", nargs="?", default="", help="a regular expression: which mails, as receipt_ar")
    only = options.parse_args().only
    OUT.mkdir(parents=True, exist_ok=True)
    camera, shown, wrong, measures = Camera(), [], [], {}
    try:
        for title, locale, page in mails(only):
            shots = []
            for width in WIDTHS:
                for scheme in SCHEMES:
                    name = f"{title}_{locale}_{width}_{scheme}.png"
                    seen = camera.shoot(page, width, scheme, OUT / name)
                    shots.append((name, width, scheme, seen))
                    measures[name] = seen
                    wrong += [f"{name}: {fault}" for fault in faults(seen, width, title == "verification_code")]
            shown.append((title, locale, subject_of(page), shots))
    finally:
        camera.driver.quit()
    if not shown:
        sys.exit(f"gallery: no golden page matches {only!r}")
    write_page(shown)
    (OUT / "measures.json").write_text(json.dumps(measures, indent=1, ensure_ascii=False), encoding="utf-8")
    least = min(seen["contrast"] for seen in measures.values())
    print(f"{len(measures)} pictures, least contrast {least:.2f}:1: {OUT / 'index.html'}")
    for fault in wrong:
        print(fault, file=sys.stderr)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
