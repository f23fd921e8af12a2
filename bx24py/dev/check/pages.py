"""What a page says of itself, and what it loads."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from bx24py.dev.check import styles
from bx24py.dev.check.finding import Inline, Reference

LOADS = {
    ("script", "src"): "script-src",
    ("img", "src"): "img-src",
    ("image", "href"): "img-src",
    ("image", "xlink:href"): "img-src",
    ("use", "href"): "img-src",
    ("use", "xlink:href"): "img-src",
    ("input", "src"): "img-src",
    ("video", "poster"): "img-src",
    ("iframe", "src"): "frame-src",
    ("audio", "src"): "media-src",
    ("video", "src"): "media-src",
    ("track", "src"): "media-src",
    ("embed", "src"): "object-src",
    ("object", "data"): "object-src",
    ("base", "href"): "base-uri",
    ("form", "action"): "form-action",
    ("button", "formaction"): "form-action",
    ("input", "formaction"): "form-action",
    ("a", "href"): "",
    ("area", "href"): "",
}
"""Elements and their attributes with addresses, and the directive of the policy that decides about them."""

_LINKS = {
    "stylesheet": "style-src",
    "icon": "img-src",
    "apple-touch-icon": "img-src",
    "mask-icon": "img-src",
    "manifest": "manifest-src",
    "modulepreload": "script-src",
}
_PRELOADED = {"script": "script-src", "style": "style-src", "font": "font-src", "image": "img-src"}
_JAVASCRIPT = re.compile(r"(module|importmap|speculationrules|((text|application)/(x-)?(java|ecma)script)( *;.*)?)?")
_CODE = "code in an attribute"


class Page:
    """A page, or markup that a program writes into one.

    Args:
        file: the file that has it.
        text: the markup.
        line: the line at which it begins.

    Attributes:
        references: what it loads, and where its links lead.
        inlines: code and styles inside of it.
        scopes: the scopes that it names; None if it names none.
        more_policy: what it names besides the documentation's policy.
        loader: the attributes of the loader's tag; empty if it has none.
        loader_line: its line.
        library_line: the line of the portal's library; 0 if it has none.
        prefetch: the batch that it declares, and its line.
        scripts: the files of its own scripts.
    """

    def __init__(self, file: str, text: str, line: int = 1) -> None:
        self.file = file
        self.references: list[Reference] = []
        self.inlines: list[Inline] = []
        self.scopes: list[str] | None = None
        self.scopes_line = 0
        self.more_policy = ""
        self.loader: dict[str, str] = {}
        self.loader_line = 0
        self.library_line = 0
        self.prefetch: tuple[str, int] = ("", 0)
        parser = _Parser(self, line)
        parser.feed(text)
        parser.close()

    @property
    def packages(self) -> list[str]:
        """What `data-packages` names."""
        return [name.strip() for name in self.loader.get("data-packages", "").split(",") if name.strip()]


def markup(file: str, text: str, line: int) -> Iterator[Inline]:
    """Yield the code and styles inside of markup that a program writes into a page."""
    if "<" in text:
        # A script that is written so never runs; all else does as in a page.
        yield from (one for one in Page(file, text, line).inlines if not one.text.startswith("a script"))


class _Parser(HTMLParser):
    def __init__(self, page: Page, line: int) -> None:
        super().__init__()
        self._page = page
        self._first = line
        self._data = ""
        """What is inside of the element whose text is wanted."""
        self._element = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named: dict[str, str] = {}
        for name, value in attrs:
            named.setdefault(name, value or "")
        self._attributes(tag, named)
        if tag == "meta":
            self._meta(named)
        elif tag == "script":
            self._script(named)
        elif tag == "style":
            self._element, self._data = "style", ""
            self._inline("style-src", "<style> in the page", "move it into a .css file")
        elif tag == "link":
            self._link(named)

    def handle_data(self, data: str) -> None:
        if not self._element:
            return
        line = self._line()
        if self._element == "style":
            self._page.references += styles.addresses(self._page.file, data, line=line)
        elif self._element == "prefetch":
            self._page.prefetch = (data, line)
        elif data.strip():
            self._inline("script-src", "a script in the page", "move it into a .js file")
        self._element = ""

    def handle_endtag(self, tag: str) -> None:  # noqa: ARG002  the parser's
        self._element = ""

    def _line(self, attribute: str = "") -> int:
        line = self._first + self.getpos()[0] - 1
        text = self.get_starttag_text() or ""
        found = (
            re.search(rf"""[\s/"']{re.escape(attribute)}\s*(?==|\s|>|/)""", text, re.IGNORECASE) if attribute else None
        )
        return line + text.count("\n", 0, found.start() + 1) if found else line

    def _refer(self, attribute: str, address: str, directive: str) -> None:
        at = self._line(attribute)
        if address.strip().lower().startswith("javascript:"):
            self._inline("script-src", _CODE, "add an event listener", attribute)
        elif address.strip() or directive == "form-action":
            self._page.references.append(Reference(self._page.file, at, address.strip(), directive, self._page.file))

    def _inline(self, directive: str, text: str, advice: str, attribute: str = "") -> None:
        at = self._line(attribute)
        self._page.inlines.append(Inline(self._page.file, at, directive, "'unsafe-inline'", text, advice))

    def _attributes(self, tag: str, named: dict[str, str]) -> None:
        for name, value in named.items():
            if (directive := LOADS.get((tag, name))) is not None:
                self._refer(name, value, directive)
            elif tag == "source" and name == "src":
                self._refer(name, value, "media-src")
            elif name in ("srcset", "imagesrcset") and tag in ("img", "source", "link"):
                for address in re.findall(r"(?:^|,)\s*([^\s,][^\s]*[^\s,]|[^\s,])", value):
                    self._refer(name, address, "img-src")
            elif name == "style":
                self._inline(
                    "style-src", "a style in an attribute", "give it a class, and style that in a .css file", name
                )
                self._page.references += styles.addresses(self._page.file, value, line=self._line(name))
            elif name == "srcdoc":
                self._inline("frame-src", "a page in an attribute", "do without the frame", name)
            elif re.fullmatch(r"on[a-z]+", name):
                self._inline("script-src", _CODE, f"use {name.removeprefix('on')!r} with an event listener", name)

    def _meta(self, named: dict[str, str]) -> None:
        content = named.get("content", "")
        if named.get("name", "").lower() == "bx24py:scopes":
            self._page.scopes = [*(self._page.scopes or []), *re.split(r"[\s,;]+", content.strip().strip(",;"))]
            self._page.scopes = [scope for scope in self._page.scopes if scope]
            self._page.scopes_line = self._line()
        elif named.get("name", "").lower() == "bx24py:policy":
            self._page.more_policy += f";{content}"

    def _script(self, named: dict[str, str]) -> None:
        source = named.get("src", "")
        if "data-app" in named and not self._page.loader:
            self._page.loader, self._page.loader_line = named, self._line()
            for attribute in ("data-app", "data-install"):
                if named.get(attribute):
                    self._refer(attribute, named[attribute], "connect-src")
            for package in self._page.packages:
                if package.endswith(".whl"):
                    self._refer("data-packages", package, "connect-src")
        if re.fullmatch(r"(https?:)?//api\.bitrix24\.com/api/v1/?(\?.*)?", source):
            self._page.library_line = self._page.library_line or self._line()
        if "data-bx24-prefetch" in named:
            self._element = "prefetch"
        elif not source and _JAVASCRIPT.fullmatch(named.get("type", "").strip().lower()):
            self._element = "script"

    def _link(self, named: dict[str, str]) -> None:
        for kind in named.get("rel", "").lower().split():
            directive = _LINKS.get(kind)
            if kind in ("preload", "prefetch"):
                directive = _PRELOADED.get(named.get("as", "").lower(), "connect-src")
            if directive and named.get("href"):
                self._refer("href", named["href"], directive)
