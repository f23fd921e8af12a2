"""The console: each of its texts is there in each language."""

from __future__ import annotations

import re
from pathlib import Path

CONSOLE = Path(__file__).parents[2] / "demo" / "console"


def test_each_text_is_there_in_each_language() -> None:
    whole = (CONSOLE / "texts.js").read_text(encoding="utf-8")
    for table, languages in (("TEXTS", ["en", "ru", "de"]), ("EDITOR", ["ru", "de"])):
        body = whole.partition(f"const {table} = {{")[2].partition("\n};")[0]
        parts = dict(re.findall(r"^  (\w\w): \{\n(.*?)^  \},", body, re.DOTALL | re.MULTILINE))
        assert list(parts) == languages
        texts = {
            language: {
                name: sorted(re.findall(r"\{\w+\}|\$", value))
                for name, value in re.findall(r'^    "?([\w $]+)"?:\s+("[^\n]*"|`[^\n]*`),$', part, re.MULTILINE)
            }
            for language, part in parts.items()
        }
        first, *others = texts.values()
        assert len(first) > 15
        for other in others:
            assert other == first
