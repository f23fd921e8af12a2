"""What the command line says about the portal: options, the state that is kept, what reloads, the demonstrations."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from bx24py.dev import browser, demos, serving
from bx24py.dev.cli import cli
from bx24py.dev.fixtures import Fixtures
from bx24py.dev.kept_state import KeptState
from bx24py.dev.options import Wanted, portal_options
from bx24py.dev.portal.drive import COMMON
from bx24py.dev.portal.opening import Opening
from bx24py.dev.portal.portal import Portal
from bx24py.dev.portal.server import PortalServer
from bx24py.dev.problem import Problem
from tests.unit.rest_client import Caller
from tests.unit.v3_client import V3

PAGE = '<title>An <b>app</b></title><script type="module" src="bx24py.js" data-app="app.py"></script>'
URL = "http://127.0.0.1:8025/"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "index.html").write_text(PAGE)
    (tmp_path / "app.py").write_text("")
    return tmp_path


def wanted(*arguments: str) -> Wanted:
    found: list[Wanted] = []

    @click.command()
    @portal_options
    def command(wanted: Wanted) -> None:
        found.append(wanted)

    result = CliRunner().invoke(command, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return found[0]


def bx24py(*arguments: Any) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def caller_of(portal: Portal) -> Caller:
    caller = Caller()
    caller.rest, caller.state = portal.rest, portal.state
    caller.token = portal.state.tokens.issue()["AUTH_ID"]
    return caller


def test_who_opens_the_application_and_where(folder: Path) -> None:
    portal, _ = wanted("--user", "7", "--lang", "ru", "--not-admin", "--placement", "crm_deal_detail_tab").make(folder)
    state = portal.state
    assert (state.user_id, state.lang, state.admin) == (7, "ru", False)
    assert (state.placement, state.placement_options) == ("CRM_DEAL_DETAIL_TAB", {"ID": "5"})
    assert len(portal.company.deals) == 5000
    portal, _ = wanted("--deals", "20000").make(folder)
    assert len(portal.company.deals) == 20_000
    assert (portal.state.user_id, portal.state.admin, portal.state.placement) == (1, True, "DEFAULT")
    assert not portal.v3.allow_idempotency_key
    portal, _ = wanted("--allow-idempotency-key").make(folder)
    assert portal.v3.allow_idempotency_key


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--user", "500"), "--user: must be 1 to 120, not 500"),
        (("--placement", "CRM_DEAL_TAB"), "no such place: CRM_DEAL_TAB; there are CRM_DEAL_DETAIL_TAB"),
    ],
)
def test_what_the_portal_does_not_have(folder: Path, arguments: tuple[str, ...], said: str) -> None:
    with pytest.raises(Problem, match=said):
        wanted(*arguments).make(folder)


def test_the_command_line_comes_after_the_fixtures(folder: Path) -> None:
    file = folder / "fixtures.py"
    file.write_text("def script(portal):\n    portal.state.placement, portal.state.lang = 'TASK_VIEW_TAB', 'de'\n")
    portal, fixtures = wanted("--placement", "DEFAULT", "--fixtures", str(file)).make(folder)
    assert (portal.state.placement, portal.state.lang) == ("DEFAULT", "de")
    assert isinstance(fixtures, Fixtures)
    assert not fixtures.changed()
    (folder / "other.py").write_text("")
    assert not fixtures.changed()
    file.write_text(file.read_text() + "\n")
    assert fixtures.changed()
    assert not fixtures.changed()
    fixtures.apply()
    assert portal.state.placement == "DEFAULT"


@pytest.mark.parametrize(
    ("files", "arguments", "first_run", "install"),
    [
        ({}, (), False, False),
        ({"install.html": ""}, (), True, True),
        ({"install.html": ""}, ("--installed",), False, False),
        ({"index.html": PAGE.replace('"app.py"', '"app.py" data-install="install.py"')}, (), True, False),
    ],
)
def test_the_installation_comes_first(
    folder: Path, files: dict[str, str], arguments: tuple[str, ...], first_run: bool, install: bool
) -> None:
    for name, text in files.items():
        (folder / name).write_text(text)
    portal, _ = wanted(*arguments).make(folder)
    assert (portal.state.first_run, portal.state.install) == (first_run, install)
    opening = Opening(portal.state, folder, URL)
    assert opening.page() == (f"{URL}install.html" if install else URL)
    assert opening.title() == "An <b>app</b>"


@pytest.mark.parametrize(
    ("name", "reloads"),
    [
        ("app.py", True), ("img/logo.svg", True), (".bx24pyignore", True), ("gone.css", True),
        ("tests/test_app.py", False), ("fixtures.py", False), (".env", False), ("notes.swp", False),
    ],
)  # fmt: skip
def test_only_files_of_the_application_reload_it(folder: Path, name: str, reloads: bool) -> None:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    if name != "gone.css":
        path.write_text("")
    assert serving._belongs(folder, path) is reloads


def test_the_state_is_kept(tmp_path: Path) -> None:
    file, first = tmp_path / "home" / "state.json", Portal(deals=50)
    call = caller_of(first)
    call("app.option.set", options={"x": "y"})
    call("placement.bind", PLACEMENT="CRM_DEAL_DETAIL_TAB", HANDLER=f"{URL}tab.html", TITLE="Tab")
    added = call("crm.deal.add", fields={"TITLE": "New"}).result
    call("crm.deal.update", id=3, fields={"TITLE": "Changed"})
    call("crm.deal.delete", id=4)
    root = call("disk.storage.getforapp").result["ROOT_OBJECT_ID"]
    stored = call("disk.folder.uploadfile", id=root, data={"NAME": "a"}, fileContent=["a", "aGk="]).result["ID"]
    call("disk.file.uploadversion", id=7, fileContent=["a", "aGk="])
    kept = KeptState(file, first)
    kept.save(URL)
    assert call.token not in file.read_text()
    file.touch()
    os.utime(file, (1, 1))
    kept.save(URL)  # nothing has happened since
    assert file.stat().st_mtime == 1

    second = Portal(deals=50)
    assert KeptState(file, second).load("http://127.0.0.1:9999/")
    call = caller_of(second)
    assert second.state.app_options == {"x": "y"}
    assert second.state.placement_handlers[0]["handler"] == "http://127.0.0.1:9999/tab.html"
    assert [call("crm.deal.get", id=number).data.get("result", {}).get("TITLE") for number in (added, 3, 4)] == [
        "New",
        "Changed",
        None,
    ]
    assert call("crm.deal.add", fields={"TITLE": "Next"}).result == added + 1
    assert call("disk.file.get", id=stored).result["NAME"] == "a"
    assert call("disk.storage.getforapp").result["ROOT_OBJECT_ID"] == root
    assert len(call("disk.file.getversions", id=7).result) == 2
    assert call("disk.storage.get", id=COMMON).status == 200
    kept = KeptState(file, second)
    kept.save(URL)
    with PortalServer(second, tmp_path) as server:
        fields = {"title": "By REST 3.0", "creatorId": 1, "responsibleId": 1}
        number = V3(second, server)("tasks.task.add", fields=fields).result["item"]["id"]
    kept.save(URL)
    third = Portal(deals=50)
    assert KeptState(file, third).load(URL)
    assert third.company.tasks.value(number, "TITLE") == "By REST 3.0"
    assert not KeptState(file, Portal(deals=60)).load(URL)  # another company
    file.write_text("{}")
    assert not KeptState(file, Portal(deals=50)).load(URL)
    assert not KeptState(tmp_path / "none.json", Portal(deals=50)).load(URL)


def test_each_demonstration_is_listed_and_found() -> None:
    assert {"department_message", "deal_card", "handbook", "mass_change"} <= demos.titles().keys()
    for name, title in demos.titles().items():
        assert title
        assert (demos.find(name) / "app.py").is_file()
    result = bx24py("demo", "nothing")
    assert result.exit_code == 1
    for name in demos.titles():
        assert name in result.output
        assert name in bx24py("demo", "--help").output


@pytest.mark.skipif(not Path("/proc").exists(), reason="other systems always have a display")
def test_a_window_needs_a_display(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DISPLAY", raising=False)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    with pytest.raises(Problem, match="add --headless"):
        browser.launch(None, headless=False)  # type: ignore[arg-type]


def test_serve_opens_the_browser_and_demo_takes_its_fixtures(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, Wanted, dict[str, Any]]] = []
    monkeypatch.setattr(
        serving, "serve", lambda folder, wanted, *_ports, **more: seen.append((folder.name, wanted, more))
    )
    for arguments in (("demo",), ("demo", "deal_card"), ("demo", "handbook", "--open", "--deals", "7")):
        assert bx24py(*arguments).exit_code == 0
    assert [name for name, _, _ in seen] == ["department_message", "deal_card", "handbook"]
    fixtures = seen[1][1].fixtures
    assert fixtures is not None
    assert fixtures.name == "fixtures.py"
    assert (seen[2][1].deals, seen[2][2]["open_"], seen[0][2]["open_"]) == (7, True, False)
