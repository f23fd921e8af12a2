"""Options from Python in the frame, through the library, to the portal and back after a reload."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from bx24py.dev.portal.portal import Portal

from .conftest import PythonPage
from .test_install import DEFERRED

OpenApp = Callable[..., PythonPage]

VALUES: dict[str, Any] = {
    "text": "grün 🙂: a:b",
    "empty": "",
    "number in text": "42",
    "json in text": '{"a": [1]}',
    "quoted": '"a"',
    "whole": 5,
    "large": 2**70,
    "zero": 0,
    "float": -0.25,
    "whole float": 3.0,
    "true": True,
    "false": False,
    "none": None,
    "list": [1, "1", [], {}],
    "dict": {"a": {"b": [None, True, 1.5]}, "": "x"},
}

SET = """
for option in bx24.user_option, bx24.app_option:
    for name, value in values.items():
        await option.set(name, value)
        assert repr(option.get(name, "unset")) == repr(value), name
"""
CHECK = """
await bx24.init()
for option in bx24.user_option, bx24.app_option:
    for name, value in values.items():
        assert repr(option.get(name, "unset")) == repr(value), (name, option.get(name, "unset"))
    assert [option.get("never set"), option.get("never set", 5)] == [None, 5]
return len(values)
"""


def php(value: Any) -> Any:
    """Make of a value what is left of it after a form and PHP: text."""
    if isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        return {str(key): php(item) for key, item in items} or []
    return {None: "", True: "1", False: ""}.get(value, str(value)) if value in (None, True, False) else str(value)


def reload(app: PythonPage) -> None:
    with app.frame.expect_navigation():
        app.frame.evaluate("location.reload()")


def test_values_come_back_as_they_were_given(open_app: OpenApp) -> None:
    app = open_app()
    app.python(SET, values=VALUES)
    reload(app)
    assert app.python(CHECK, values=VALUES) == len(VALUES)


def test_values_come_back_from_a_portal_that_makes_text_of_all(open_app: OpenApp) -> None:
    portal = Portal(deals=5)

    def keep(options: dict[str, Any]) -> Callable[[Any], Any]:
        def set_option(params: Any) -> Any:
            options[params["name"]] = php(params["value"])
            return dict(options)

        return set_option

    portal.frame.answer("setUserOption", keep(portal.state.user_options))
    portal.frame.answer("setAppOption", keep(portal.state.app_options))
    app = open_app(portal=portal)
    app.python(SET, values=VALUES)
    app.frame.evaluate("for (const name of ['userOption', 'appOption']) BX24[name].set('of JavaScript', 5)")
    reload(app)
    app.python(CHECK, values=VALUES | {"of JavaScript": 5})
    for options in portal.state.user_options, portal.state.app_options:
        assert options["of JavaScript"] == "5"
        assert options["dict"] == '{"a": {"b": [null, true, 1.5]}, "": "x"}'


DEEP = """
texts = {"lists": "[" * levels + "]" * levels, "dicts": '{"a":' * levels + "1" + "}" * levels, "open": "[" * levels}
for option in bx24.user_option, bx24.app_option:
    for name, text in texts.items():
        if store:
            await option.set(name, text)
        assert option.get(name) == text, name
return len(texts)
"""


def test_text_of_brackets_is_text_at_any_depth_and_after_a_reload(open_app: OpenApp) -> None:
    """Python would die of parsing it, and at each start again."""
    app = open_app()
    for levels in 501, 6_000, 100_000:
        assert app.python(DEEP, levels=levels, store=True) == 3
    reload(app)
    assert app.python("await bx24.init()\n" + DEEP, levels=100_000, store=False) == 3


def test_what_is_nested_too_deep_is_refused(app: PythonPage) -> None:
    found = app.python("""
        await bx24.init()
        def nested(levels):
            value = []
            for _ in range(levels - 1):
                value = [value]
            return value

        found = []
        for levels in 500, 501, 2_000:  # of more levels Python in the browser dies when the value itself is dropped
            for set_it in (
                lambda: bx24.user_option.set("deep", nested(levels)),
                lambda: bx24.app_option.set("deep", nested(levels)),
                lambda: bx24.open_application({"a": nested(levels - 1)}, timeout=0.01),
            ):
                try:
                    set_it()
                    found.append(levels)
                except ValueError as error:
                    found.append(str(error))
        return found
    """)
    refused = "nested deeper than 500 levels, or it contains itself"
    assert found == [500] * 3 + [f"{name}: {refused}" for name in ("value", "value", "params")] * 2


def test_what_javascript_has_set_comes_as_it_is(app: PythonPage) -> None:
    app.python("await bx24.init()")
    app.frame.evaluate("BX24.userOption.set('js', {a: [1, null, 'x', {b: true}]})")
    app.frame.evaluate("[1.5, null, 'plain', undefined].forEach((v, n) => BX24.userOption.set(`js${n}`, v))")
    assert app.python(
        "return [bx24.user_option.get('js'), *[bx24.user_option.get(f'js{n}', 'no') for n in range(4)]]"
    ) == [
        {"a": [1, None, "x", {"b": True}]},
        1.5,
        "no",
        "plain",
        "no",
    ]


def test_a_user_option_is_handed_to_the_portal(app: PythonPage) -> None:
    app.portal.frame.silence("setUserOption")  # BX24.userOption.set waits for no answer, nor does this
    app.python("await bx24.user_option.set('a', [1])")
    app.python("await bx24.placement.get_interface()")  # the portal takes messages in order
    sent = [message.params for message in app.portal.frame.sent if message.command == "setUserOption"]
    assert [one for one in sent if one["name"] == "a"] == [{"name": "a", "value": "[1]"}]  # others are of earlier tests


def test_an_application_option_is_in_the_portal_when_it_was_awaited(app: PythonPage) -> None:
    app.python("await bx24.app_option.set('colour', 'red')")
    assert app.portal.state.app_options["colour"] == "red"


def test_an_application_option_that_is_not_answered_ends(app: PythonPage) -> None:
    app.portal.frame.silence("setAppOption")
    name, message, attributes = app.python("return await failure(bx24.app_option.set('colour', 'red', timeout=0.3))")
    assert (name, attributes) == ("CallTimeoutError", {"maybe_executed": True})
    assert message.startswith("BX24.appOption.set: no answer within 0.3 s")


def test_an_application_option_is_for_administrators(open_app: OpenApp) -> None:
    portal = Portal(deals=5)
    portal.state.admin = False
    portal.state.app_options["colour"] = "green"
    app = open_app(portal=portal)
    assert app.python("""
        error = await failure(bx24.app_option.set("colour", "red"))
        await bx24.user_option.set("size", 5)
        return [error[0], error[2]["code"], bx24.app_option.get("colour"), bx24.user_option.get("size")]
    """) == ["AccessError", "ACCESS_DENIED", "green", 5]
    assert not [message for message in portal.frame.sent if message.command == "setAppOption"]


def test_what_is_set_before_the_initialisation_is_queued(app: PythonPage) -> None:
    app.frame.evaluate("""() => {
        window.late = Object.create(BX24);
        late.init = (ready) => { late.go = () => BX24.init(ready); };
    }""")
    refused, before, after = app.python("""
        client = BX24(js.late)
        try:
            client.user_option.get("queued")
        except BX24Error as error:
            refused = str(error)
        calls = [client.user_option.set("queued", 1), client.app_option.set("queued", 2)]
        before = [bx24.user_option.get("queued"), bx24.app_option.get("queued")]
        js.late.go()
        await asyncio.gather(*calls)
        return [refused, before, [client.user_option.get("queued"), client.app_option.get("queued")]]
    """)
    assert "await bx24.init() first" in refused
    assert (before, after) == ([None, None], [1, 2])


def test_the_installation_step_says_that_options_do_not_work_yet(open_app: OpenApp) -> None:
    portal = Portal(deals=5)
    portal.state.first_run = True
    app = open_app(
        {
            "index.html": DEFERRED,  # else the portal may have answered before the loader runs, and options work
            "install.py": """
import js
from bx24py import bx24, BX24Error
js.said = js.Array.new()
for option in bx24.user_option, bx24.app_option:
    for call in lambda: option.get("a"), lambda: option.set("a", 1):
        try:
            result = call()
            await result
        except BX24Error as error:
            js.said.push(str(error))
""",
            "app.py": "await bx24.user_option.set('a', 1)".join(["from bx24py import bx24\n", "\n"]),
        },
        portal=portal,
    )
    app.python("return None")
    assert app.frame.evaluate("window.bx24py.finished.then(() => window.said)") == [
        f"BX24.{option}.{name} does nothing during the installation; set options in app.py"
        for option in ("userOption", "appOption")
        for name in ("get", "set")
    ]
    assert app.python("return bx24.user_option.get('a')") == 1
