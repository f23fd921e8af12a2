"""axe-core over a page: what it finds there against people who use a keyboard or a screen reader."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Frame, Page

_SCRIPT = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
_RUN = """async () => {
  const { violations } = await axe.run(document, { iframes: false });
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, any }) => `${id}: ${help}: ${target.join(" ")} ${any.map((one) => one.message).join("; ")}`));
}"""


def axe(frame: Frame | Page) -> list[str]:
    """Return the findings in a frame, each as a line of text; frames inside it are not looked at."""
    if frame.evaluate("() => typeof axe") == "undefined":
        frame.evaluate(_SCRIPT.read_text(encoding="utf-8"))
    found: list[str] = frame.evaluate(_RUN)
    # The list of proposals scrolls by the arrow keys of its editor, which keeps the focus.
    return [line for line in found if not (line.startswith("scrollable-region-focusable") and "#cm-ac-" in line)]
