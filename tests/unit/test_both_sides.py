"""What Python and JavaScript both have to know is the same on both sides."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from typing import Any

import pytest

from bx24py.bridge import loaded
from bx24py.bridge.answers import batch_arguments
from bx24py.dev import assets, snapshot
from bx24py.rest.commands import commands_of, to_wire
from bx24py.rest.read_only import _LAST_WORDS, _METHODS, _WRITES, reads

STATIC = assets.folder("static")
CALLS = STATIC / "bx24py" / "calls.js"


def in_node(code: str, value: object) -> Any:
    """Return what a module's default export makes of a value."""
    node = shutil.which("node")
    assert node, "Node.js is missing"
    program = f"{code}\nprocess.stdout.write(JSON.stringify(made({json.dumps(value)})));"
    command = [node, "--input-type=module", "--eval", program]
    return json.loads(subprocess.run(command, cwd=STATIC, capture_output=True, text=True, check=True).stdout)


@pytest.mark.parametrize("name", ["ANSWERED", "THREW", "UNREADABLE", "NOT_LEFT", "EXPIRED"])
def test_what_stands_in_place_of_a_status_or_a_time(name: str) -> None:
    found = re.search(rf"^const {name} = (-\d+);$", CALLS.read_text(encoding="utf-8"), re.MULTILINE)
    assert found
    assert int(found[1]) == getattr(loaded, f"_{name}")


def test_an_offset_gets_its_name_again() -> None:
    code = 'import { asMeant, callMark } from "./bx24py/bodies.js";\nconst made = (name) => asMeant(name, callMark(1));'
    for space in ("%20", "+"):
        body = f"a=1&{loaded._START.replace(' ', space)}=50&auth=t"
        assert in_node(code, body) == "a=1&start=50&auth=t"


def test_the_loader_knows_the_same_methods_that_only_read() -> None:
    source = CALLS.read_text(encoding="utf-8")
    reading, writing = (re.search(rf"const {name} =\s+/(.*)/i;", source) for name in ("READS", "WRITES"))
    assert reading
    assert writing
    names = [*_METHODS, *_WRITES, *(f"crm.deal.{word}" for word in _LAST_WORDS), "List", "crm.deal.add", "user.getter"]
    for name in [*names, "batch", "im.message.add", "USER.CURRENT", "user.currents", "counter"]:
        by_loader = re.search(reading[1], name, re.I) is not None and not re.search(writing[1], name, re.I)
        assert by_loader == reads(name), name


DECLARED: dict[str, object] = {
    "a mapping": {"me": ["user.current"], "all": {"method": "user.get", "params": {"ACTIVE": True, "SORT": None}}},
    "a list": [["user.current", {}], ["department.get", {"ID": [1, 2, []]}]],
    "nested": {"deals": ["crm.deal.list", {"filter": {">=OPPORTUNITY": 1.5, "!ID": [], "a": {}}, "select": ["ID"]}]},
    "empty": {"deals": ["crm.deal.list", {"filter": {}, "select": [], "order": None}]},
    "by position": {"tasks": ["task.item.list", [{"ID": "asc"}, {}, []]], "one": ["task.item.getdata", {"0": 7}]},
}


@pytest.mark.parametrize("what", DECLARED)
def test_a_declared_batch_takes_the_form_in_which_python_sends_it(what: str) -> None:
    declared = DECLARED[what]
    wire = to_wire(commands_of(declared), named=isinstance(declared, dict))
    sent, _ = batch_arguments(tuple(wire))
    code = 'import { asSent as made } from "./bx24py/calls.js";'
    assert json.dumps(in_node(code, declared)) == json.dumps(sent)


def test_the_cache_of_snapshots_has_one_name() -> None:
    sources = [STATIC / "bx24py-snapshot.js", STATIC / "bx24py" / "snapshots.js"]
    texts = [path.read_text(encoding="utf-8") for path in sources] + [snapshot._READ]
    assert {name for text in texts for name in re.findall(r'caches\.open\("(.*?)"\)', text)} == {"bx24py"}
