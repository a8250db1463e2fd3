"""What the tests of the HTML report in a browser share: which browser, a page that is watched, what is read from it."""

import shutil
from typing import Any

from playwright.sync_api import BrowserContext

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
WATCH = """
  window.violations = [];
  document.addEventListener("securitypolicyviolation", (event) => window.violations.push(event.violatedDirective));
"""

READ = """() => [...document.querySelectorAll("#rows tr.row")].flatMap((row) => {
  const text = (one) => one.textContent;
  const places = row.nextElementSibling.querySelectorAll(".all-places li > bdi");
  const of = [".address", ".detail"].map((name) => text(row.querySelector(name)));
  return [...places].map((place) => [...of, text(place)]);
})"""
STRANGERS = """() => {
  const ours = new Set("A BDI BUTTON CODE DD DIV DL DT H3 LI OL P SPAN STRONG TD TR UL".split(" "));
  return [...document.querySelectorAll("#rows *")].filter((one) => !ours.has(one.tagName)
    || [...one.attributes].some(({ name }) => name.startsWith("on") || name === "style")
    || (one.tagName === "A" && !/^(https?:|file:)/.test(one.href))).map((one) => one.outerHTML);
}"""


class Watched:
    """A page, and what it did that it should not."""

    def __init__(self, context: BrowserContext) -> None:
        self.faults: list[str] = []
        self.page = context.new_page()
        self.page.add_init_script(WATCH)
        self.page.on("console", lambda message: self.faults.append(f"console: {message.text}"))
        self.page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        self.page.on("dialog", lambda dialog: self.faults.append(f"dialog: {dialog.message}"))
        self.page.on("popup", lambda popup: self.faults.append(f"popup: {popup.url}"))
        self.page.on("request", self._request)

    def _request(self, request: Any) -> None:
        if not request.url.startswith(("file:", "data:")):
            self.faults.append(f"request: {request.url}")

    def check(self) -> None:
        assert self.page.evaluate("window.violations") == []
        assert self.faults == []
