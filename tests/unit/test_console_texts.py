"""The console: each text is there in every language, and each that is used is there."""

from __future__ import annotations

import re

from .console_texts import FOLDER, editor_texts, texts

SOURCES = [path for path in FOLDER.glob("*.*") if not path.name.startswith(("texts", "editor-lib", "chart-lib"))]


def names(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def test_every_language_has_every_text_with_the_same_values() -> None:
    assert set(texts()) == {"en", "ru", "de"}
    english = texts()["en"]
    for language, words in texts().items():
        assert list(words) == list(english), language
        assert not [name for name, text in words.items() if names(text) != names(english[name]) or not text.strip()]


def test_what_is_translated_is_not_left_english() -> None:
    english = texts()["en"]
    for language in ("ru", "de"):
        same = {name for name, text in texts()[language].items() if text == english[name] and " " in text}
        assert same <= {"took", "minutes"}, language


def test_every_text_is_used_and_every_used_one_is_there() -> None:
    sources = {path.name: path.read_text("utf-8") for path in SOURCES}
    called = re.compile(r"\b(?:text|note)\(\s*[\"'](\w+)[\"']")
    used = [name for path in sources if path.endswith(".js") for name in called.findall(sources[path])]
    used += [name for source in sources.values() for name in re.findall(r"\bpage_text\([\"'](\w+)[\"']", source)]
    used += re.findall(r'data-(?:text|label)="(\w+)"', sources["index.html"])
    assert "no_pause" in used
    assert set(used) <= set(texts()["en"])
    whole = "\n".join(sources.values())
    put_together = tuple(set(re.findall(r"\btext\(`(\w+_)\$\{", whole)))
    rest = [name for name in texts()["en"] if name not in used and not name.startswith(put_together)]
    assert [name for name in rest if f'"{name}"' not in whole] == []


def test_the_editor_has_the_same_words_in_each_language() -> None:
    russian, german = editor_texts()["ru"], editor_texts()["de"]
    assert list(russian) == list(german)
    for words in (russian, german):
        assert [words[name].count("$") for name in words] == [name.count("$") for name in words]
