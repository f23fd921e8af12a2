"""Scripts: where they are kept, and what the page's script menu does with them.

`Scripts` is what the page calls. The stores themselves, on Disk, in options and in the browser, are in
scripts_on_disk.py and scripts_by_key.py.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from js import window
from script_stores import Script, ScriptError, Store, Who, error_of
from scripts_by_key import BrowserStore, OptionStore
from scripts_on_disk import DiskStore

from bx24py import BX24Error, bx24

LONGEST = 100
"""Characters of a name."""

FORBIDDEN = '\\/:*?"<>|'
"""Characters that names of files must not have: Disk would replace or refuse them."""

GALLERY = Path(__file__).parent / "gallery"


def checked_name(given: str) -> str:
    """Return a name as it is kept.

    Raises:
        ScriptError: it is no name for a file.
    """
    name = unicodedata.normalize("NFC", " ".join(given.split())).removesuffix(".py").strip(" .")
    if not name:
        raise ScriptError("no_name")
    if len(name) > LONGEST:
        raise ScriptError("long_name", longest=LONGEST, length=len(name))
    found = [letter for letter in name if letter in FORBIDDEN or unicodedata.category(letter) in ("Cc", "Cf", "Cs")]
    if found:
        raise ScriptError("odd_name", letters=" ".join(FORBIDDEN))
    return name


class Scripts:
    """The script menu's side in Python. The page calls `do`."""

    def __init__(self) -> None:
        self._who: Who | None = None
        self._stores: dict[str, Store] = {}

    async def do(self, action: str, given: str) -> str:
        """Do what the page asks.

        Args:
            action: the name of a public method below.
            given: its arguments, a JSON object.

        Returns:
            JSON: what the method returned, or `{"error": kind, …}`, with what the words of texts.js need.
        """
        try:
            methods: dict[str, Callable[..., Awaitable[Any]]] = {
                "who": self.who,
                "list": self.list,
                "open": self.open,
                "add": self.add,
                "save": self.save,
                "rename": self.rename,
                "remove": self.remove,
                "link": self.link,
                "gallery": self.gallery,
            }
            return json.dumps(await methods[action](**json.loads(given)))
        except (ScriptError, BX24Error) as error:
            failed = error if isinstance(error, ScriptError) else error_of(error)
            return json.dumps({"error": failed.kind, **failed.values})

    async def who(self) -> dict[str, Any]:
        """Return the portal and its user, to whom drafts and scripts of the browser belong."""
        who = await self._ready()
        script = bx24.placement.info().options.get("script")
        return {"portal": who.portal, "user": who.user, "script": script if isinstance(script, str) else None}

    async def list(self) -> dict[str, Any]:
        """Return all scripts, why those of a store are missing, and where a new one would be kept."""
        await self._ready()
        scripts: list[Script] = []
        missing: list[dict[str, Any]] = []
        for store in self._stores.values():
            try:
                scripts += await store.list()
            except (ScriptError, BX24Error) as error:
                failed = error if isinstance(error, ScriptError) else error_of(error)
                if failed.kind != "unavailable":
                    missing.append({"store": store.name, "error": failed.kind, **failed.values})
        scripts.sort(key=lambda script: script.name.casefold())
        places = {place: kept.name for place in ("me", "everyone") if (kept := await self._store_for(place))}
        return {"scripts": [script.shown() for script in scripts], "missing": missing, "places": places}

    async def open(self, script_id: str) -> dict[str, Any]:
        """Return a script and its text."""
        script, text = await (await self._store(script_id)).read(script_id)
        return {"script": script.shown(), "text": text}

    async def add(self, place: str, name: str, text: str, store: str | None = None) -> dict[str, Any]:
        """Keep a new script, in the best store for it or in the one that is named."""
        name = checked_name(name)
        await self._ready()
        chosen = self._stores[store] if store else await self._store_for(place)
        if chosen is None:
            raise ScriptError("not_for_everyone")
        return {"script": (await chosen.add(place, name, text)).shown()}

    async def save(self, script_id: str, version: str, text: str, over: bool = False) -> dict[str, Any]:
        """Keep the new text of a script, unless it has changed since this version was opened, or even `over` that."""
        store = await self._store(script_id)
        script, present = await store.read(script_id)
        if present == text:
            return {"script": script.shown()}
        if script.version != version and not over:
            raise ScriptError("changed", text=present, changed=script.changed)
        return {"script": (await store.replace(script, text)).shown()}

    async def rename(self, script_id: str, name: str) -> dict[str, Any]:
        """Give a script another name."""
        name = checked_name(name)
        store = await self._store(script_id)
        script, _ = await store.read(script_id)
        return {"script": (await store.rename(script, name)).shown(), "changed": script.version}

    async def remove(self, script_id: str, version: str, over: bool = False) -> dict[str, Any]:
        """Delete a script, unless it has changed since this version was opened."""
        store = await self._store(script_id)
        script, present = await store.read(script_id)
        if script.version != version and not over:
            raise ScriptError("changed", text=present, changed=script.changed)
        await store.remove(script)
        return {}

    async def link(self, script_id: str) -> dict[str, Any]:
        """Return the address that opens a script (documentation, `widgets/universal/app-url`)."""
        code = (await bx24.call_method("app.info")).data["CODE"]
        scheme = "http" if window.name.split("|")[1:2] == ["0"] else "https"  # DOMAIN|PROTOCOL|APP_SID
        return {
            "link": f"{scheme}://{bx24.get_domain()}/marketplace/view/{quote(code)}/?params[script]={quote(script_id)}"
        }

    async def gallery(self) -> Sequence[dict[str, str]]:
        """Return the scripts that come along: files in the percent format, the first lines their titles."""
        return [read_gallery(path) for path in sorted(GALLERY.glob("*.py"))]

    async def _ready(self) -> Who:
        if self._who is None:
            await bx24.init()
            user = (await bx24.call_method("profile")).data
            self._who = Who(bx24.get_domain(), str(user["ID"]), bx24.is_admin())
            stores = (DiskStore(self._who), OptionStore(self._who), BrowserStore(self._who))
            self._stores = {store.name: store for store in stores}
        return self._who

    async def _store(self, script_id: str) -> Store:
        await self._ready()
        name, _, _ = script_id.partition(":")
        if name not in self._stores:
            raise ScriptError("gone")
        return self._stores[name]

    async def _store_for(self, place: str) -> Store | None:
        """Return the first store that can keep scripts there."""
        for store in self._stores.values():
            if await store.takes(place):
                return store
        return None


def read_gallery(path: Path) -> dict[str, str]:
    """Read a script of the gallery: its title in each language is a line such as `# de: …` before its first cell."""
    text = path.read_text(encoding="utf-8")
    titles: Mapping[str, str] = {
        line[2:4]: line[5:].strip() for line in text.partition("\n# %%")[0].splitlines() if line[4:5] == ":"
    }
    return {"file": path.name, "text": text, **titles}
