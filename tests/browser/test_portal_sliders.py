"""Applications and paths that the portal opens in sliders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    pass
from .wire_app import App
from .wire_app import app as app
from .wire_app import folder as folder


def test_open_application_answers_when_its_slider_is_closed(app: App) -> None:
    app.begin(
        "openApplication",
        {
            "opened": True,
            "bx24_width": 450,
            "bx24_title": "my title",
            "bx24_label": {"text": "my task", "bgColor": "pink"},
        },
    )
    inner = app.slider()
    data = app.send("getInitData", frame=inner)
    assert (data["PLACEMENT"], data["PLACEMENT_OPTIONS"]) == ("DEFAULT", {"opened": True})
    slider = app.page.get_by_role("dialog", name="my title")
    box = slider.bounding_box()
    assert box is not None
    assert round(box["width"]) == 450
    expect(slider).to_contain_text("my task")
    assert app.send("setTitle", {"title": "inner"}, frame=inner) == {"title": "inner"}
    expect(slider.get_by_role("heading")).to_have_text("inner")
    expect(app.page.locator("#title")).to_have_text("Application")
    assert app.still_waits()
    slider.get_by_role("button", name="Close").click()
    assert app.answer() == "empty"
    expect(slider).to_have_count(0)


def test_the_left_boundary_of_a_slider_stays_free(app: App) -> None:
    app.begin("openApplication", {"bx24_leftBoundary": 200})
    app.slider()
    around, slider = app.page.locator(".shade").bounding_box(), app.page.locator(".slider").bounding_box()
    assert around is not None
    assert slider is not None
    assert round(around["width"] - slider["width"]) == 200


def test_the_same_callback_id_in_two_frames_is_two_callbacks(app: App) -> None:
    app.begin("openApplication", {"opened": True})
    inner = app.slider()
    inner.evaluate("post(`setTitle:${JSON.stringify({title: 'x'})}:same:${sid}`)")
    inner.wait_for_function("heard.some(([id]) => id === 'same')")
    assert app.frame.evaluate("heard.some(([id]) => id === 'same')") is False


def test_close_application_closes_the_slider_it_comes_from(app: App) -> None:
    app.begin("openApplication", {"level": 1})
    first = app.slider()
    app.begin("openApplication", {"level": 2}, frame=first)
    expect(app.page.locator(".slider")).to_have_count(2)
    second = app.slider()
    second.evaluate("void send('closeApplication')")
    expect(app.page.locator(".slider")).to_have_count(1)
    assert app.answer(frame=first) == "empty"
    # The application that opened it is still there to be answered.
    assert app.send("closeApplication") == "empty"
    expect(app.page.locator(".slider")).to_have_count(0)
    assert app.answer() == "empty"
    assert app.is_unanswered("closeApplication")


def test_closing_a_slider_closes_what_was_opened_in_it(app: App) -> None:
    app.begin("openApplication", {})
    inner = app.slider()
    app.begin("openPath", {"path": "/marketplace/"}, frame=inner)
    expect(app.page.locator(".slider")).to_have_count(2)
    inner.evaluate("void send('closeApplication')")
    expect(app.page.locator(".slider")).to_have_count(0)


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/crm/deal/details/5/", "Deal: "),
        ("/crm/lead/details/12/", "Lead: "),
        ("/crm/contact/details/2/", "Contact: "),
        ("/crm/company/details/7/?x=1", "Company: "),
        ("/crm/type/128/details/3/", "Item 3 of smart process 128"),
        ("/marketplace/", "Market"),
        ("/company/personal/user/1/", "Emma Lindqvist"),
        ("/workgroups/group/4/", ""),
        # How b24jssdk opens any page of the portal.
        ("/crm/deal/../../company/personal/user/2/?IFRAME=Y", "Jonas Hartmann"),
    ],
)
def test_open_path_answers_when_its_slider_is_closed(app: App, path: str, title: str) -> None:
    app.begin("openPath", {"path": path})
    slider = app.page.locator(".slider")
    expect(slider.get_by_role("heading")).to_contain_text(title)
    expect(slider).to_contain_text(path)
    assert app.still_waits()
    app.page.keyboard.press("Escape")
    assert app.answer() == {"result": "close"}


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/crm/quote/details/5/",
        "/crm/type/x/",
        "/bitrix/admin/",
        "https://example.com/crm/deal/",
        "//example.com/crm/deal/",
        "",
        5,
        None,
    ],
)
def test_a_path_that_is_not_available_is_an_error(app: App, path: Any) -> None:
    assert app.send("openPath", {"path": path}) == {"result": "error", "errorCode": "PATH_NOT_AVAILABLE"}
    assert app.page.locator(".slider").count() == 0


def test_the_mobile_application_opens_no_path(app: App) -> None:
    app.portal.frame.mobile = True
    answer = app.send("openPath", {"path": "/crm/deal/details/5/"})
    assert answer == {"result": "error", "errorCode": "METHOD_NOT_SUPPORTED_ON_DEVICE"}
