"""What the Content-Security-Policy of the documentation forbids.

A page names what it needs besides in `<meta name="bx24py:policy" content="img-src https://pictures.example">`, in the
same words as in the policy.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from urllib.parse import urlsplit

from bx24py.dev.check.finding import Finding, Inline, Reference

DOCUMENTED = """
default-src 'none';
script-src 'self' 'wasm-unsafe-eval' https://api.bitrix24.com;
connect-src 'self' https://YOUR.bitrix24.com;
style-src 'self'; img-src 'self' data:; font-src 'self';
base-uri 'none'; form-action 'none';
frame-ancestors https://YOUR.bitrix24.com
"""
"""The policy of docs/security.md."""

_PORTAL = re.compile(r"([\w-]+\.)+bitrix24\.[a-z]{2,3}(\.[a-z]{2})?")
_FALLBACK = {"worker-src": "script-src"}
_NO_FALLBACK = ("base-uri", "form-action", "frame-ancestors")
_FORBIDDEN_KINDS = {
    "frame-src": "a frame in the page",
    "media-src": "sound and video",
    "object-src": "plugins",
    "manifest-src": "a manifest",
    "base-uri": "<base>",
    "form-action": "a form that is sent",
}
_ADVICE = {
    "frame-src": "open it with bx24.open_application",
    "base-uri": "write the addresses in full",
    "form-action": "leave out the action, and handle the event submit",
}


class Policy:
    """What a page may load and do.

    Args:
        more: what the page names besides the documentation's policy.
    """

    def __init__(self, more: str = "") -> None:
        self._sources: dict[str, list[str]] = {}
        for directive in re.split(r"[;,]", f"{DOCUMENTED};{more}"):
            name, *sources = directive.split() or [""]
            self._sources.setdefault(name.lower(), []).extend(sources)

    def judge(self, references: Iterable[Reference], inlines: Iterable[Inline]) -> Iterator[Finding]:
        """Yield what it forbids."""
        for one in references:
            if text := self._refusal(one):
                yield Finding(one.file, one.line, "error", text)
        for inline in inlines:
            if inline.source not in self._allowed(inline.directive):
                text = f"{inline.text}, which the policy forbids ({inline.directive}): {inline.advice}"
                yield Finding(inline.file, inline.line, "error", text)

    def _allowed(self, directive: str) -> list[str]:
        if directive in self._sources:
            return self._sources[directive]
        if directive in _FALLBACK:
            return self._allowed(_FALLBACK[directive])
        return [] if directive in _NO_FALLBACK else self._sources["default-src"]

    def _refusal(self, reference: Reference) -> str:
        address, directive = reference.address.strip(), reference.directive
        try:
            parts = urlsplit(address)
        except ValueError:
            return ""  # which addresses.py reports
        if not directive or (not reference.whole and "//" in address and not parts.path):
            return ""  # the host is not known
        if any(self._matches(source, parts.scheme, parts.hostname or "") for source in self._allowed(directive)):
            return ""
        what = parts.hostname or (f"{parts.scheme}:" if parts.scheme else "")
        line = f'<meta name="bx24py:policy" content="{directive} {_source(parts.scheme, parts.netloc)}">'
        instead = _ADVICE.get(directive) or ("bring the file with the application" if what else "do without")
        if not what or directive in ("base-uri", "form-action"):
            return f"the policy forbids {_FORBIDDEN_KINDS.get(directive, directive)}: {instead}, or allow it: {line}"
        if directive == "connect-src":
            instead = "check that it is meant"
        return f"the policy does not allow {what} ({directive}): {instead}, or allow it: {line}"

    def _matches(self, source: str, scheme: str, host: str) -> bool:
        if source == "'self'":
            return not scheme and not host
        if source == "https://YOUR.bitrix24.com":
            return scheme in ("", "https") and bool(_PORTAL.fullmatch(host))
        if re.fullmatch(r"[\w+.-]+:", source):
            return scheme == source[:-1]
        if source.startswith("'"):
            return False
        allowed = urlsplit(source if "//" in source else f"https://{source}")
        if allowed.scheme not in ("", scheme or "https"):
            return False
        return source == "*" or fnmatchcase(host, (allowed.hostname or "").replace("[", "[[]"))


def _source(scheme: str, host: str) -> str:
    """Return what a directive must have to allow an address."""
    if host:
        return f"{scheme or 'https'}://{host}"
    return f"{scheme}:" if scheme else "'self'"
