"""The demonstration on the card of a deal, used as a person does, in the local portal."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, expect

from bx24py.dev.application import make_server
from bx24py.dev.browser import application_frame
from bx24py.dev.portal.portal import Portal
from bx24py.dev.pytest_plugin import OpenApplication

from .conftest import wait_until

pytestmark = pytest.mark.bx24_app("demo/deal_card")

DEAL = 4962
"""A deal in the first funnel, with a contact and a company that has more deals than are shown."""
OTHER_FUNNEL = 12
WITHOUT_COMPANY = 5

ALONE = "#devtools, #resizer, .top { display: none !important }"
"""Leaves of the portal page only the application."""


@pytest.fixture(autouse=True)
def place(bx24_portal: Portal) -> Callable[..., None]:
    """Say where the application is opened; without a word on the card of DEAL."""

    def stand(code: str = "CRM_DEAL_DETAIL_TAB", **options: Any) -> None:
        bx24_portal.state.placement, bx24_portal.state.placement_options = code, options

    stand(ID=str(DEAL))
    return stand


@pytest.fixture
def app(bx24_app: OpenApplication) -> OpenApplication:
    """The application with the deal on it."""
    opened(bx24_app)
    return bx24_app


def opened(app: OpenApplication) -> None:
    """Wait until the deal is there."""
    expect(app.frame.locator("#card")).to_be_visible()


def title(app: OpenApplication) -> Locator:
    return app.frame.get_by_role("textbox", name="Title", exact=True)


def stage(app: OpenApplication, name: str) -> Locator:
    return app.frame.get_by_role("radio", name=name, exact=True)


def button(app: OpenApplication, name: str) -> Locator:
    return app.frame.get_by_role("button", name=name, exact=True)


def message(app: OpenApplication) -> Locator:
    return app.frame.locator("#message")


def failure(app: OpenApplication) -> Locator:
    return app.frame.locator("#failure")


def choose(app: OpenApplication, name: str) -> None:
    """Click a stage as people do, on its name."""
    app.frame.locator("#stage-list").get_by_text(name, exact=True).click()


def commands(portal: Portal) -> list[str]:
    return [message.command for message in portal.frame.sent]


def updates(portal: Portal) -> list[dict[str, Any]]:
    return portal.rest.received("crm.deal.update")


def value(portal: Portal, name: str, deal: int = DEAL) -> Any:
    return portal.company.deals.value(deal, name)


class TestReading:
    def test_everything_comes_in_one_request(self, app: OpenApplication, bx24_portal: Portal) -> None:
        requests = [call.method for call in bx24_portal.rest.calls if not call.batch]
        assert requests == ["batch"]
        company = bx24_portal.company
        assert bx24_portal.rest.received("crm.contact.get") == [{"ID": str(value(bx24_portal, "CONTACT_ID"))}]
        frame = app.frame
        expect(frame.get_by_role("heading", level=1)).to_have_text(f"Deal #{DEAL}")
        expect(title(app)).to_have_value(value(bx24_portal, "TITLE"))
        expect(frame.locator("#deal-amount")).to_have_text("$3,850.99")
        expect(stage(app, "New")).to_be_checked()
        expect(frame.get_by_role("radio")).to_have_count(8)
        contact = frame.get_by_role("region", name="Contact")
        expect(contact.get_by_role("button")).to_have_text("José Ångström")
        expect(contact.get_by_role("link", name="+494020000137")).to_have_attribute("href", "tel:+494020000137")
        expect(contact.get_by_role("link", name="@")).to_have_attribute("href", re.compile("^mailto:contact137@"))
        number = value(bx24_portal, "COMPANY_ID")
        name = company.companies.value(number, "TITLE")
        expect(frame.get_by_role("region", name="Company", exact=True).get_by_role("button")).to_have_text(name)

    def test_the_latest_deals_of_the_company_are_listed_and_drawn(
        self, app: OpenApplication, bx24_portal: Portal
    ) -> None:
        deals = bx24_portal.company.deals
        company = value(bx24_portal, "COMPANY_ID")
        of_company = [n for n in deals.ids if deals.value(n, "COMPANY_ID") == company]
        latest = of_company[:-11:-1]
        rows = app.frame.locator(".deals li")
        expect(rows).to_have_count(10)
        assert [text.split("\n")[0] for text in rows.all_inner_texts()] == [deals.value(n, "TITLE") for n in latest]
        expect(rows.filter(has_text="This deal")).to_have_text(re.compile(rf"#{DEAL}.*New.*\$3,850\.99"))
        expect(app.frame.get_by_text(f"The latest 10 of {len(of_company)} deals")).to_be_visible()

        euros = [n for n in reversed(latest) if deals.value(n, "CURRENCY_ID") == "EUR"]
        heights = [float(bar.get_attribute("height") or 0) for bar in app.frame.locator(".chart .bar").all()]
        amounts = [deals.value(n, "OPPORTUNITY") for n in euros]
        assert heights == pytest.approx([100 * amount / max(amounts) for amount in amounts], abs=0.06)
        chart = app.frame.get_by_role("img", name=re.compile(f"^Amounts of {len(euros)} deals in EUR, oldest first: €"))
        expect(chart).to_be_visible()
        expect(app.frame.get_by_text("3 deals in other currencies are not in the chart.")).to_be_visible()

    @pytest.mark.parametrize("number", [OTHER_FUNNEL])
    def test_the_stages_are_those_of_the_deals_funnel(
        self, place: Callable[..., None], number: int, bx24_portal: Portal, request: pytest.FixtureRequest
    ) -> None:
        place(ID=str(number))
        app: OpenApplication = request.getfixturevalue("app")
        assert value(bx24_portal, "STAGE_ID", number) == "C1:NEW"
        expect(stage(app, "New")).to_be_checked()
        choose(app, "In progress")
        button(app, "Save").click()
        expect(message(app)).to_have_text("Saved.")
        assert value(bx24_portal, "STAGE_ID", number) == "C1:EXECUTING"

    def test_without_company_and_contact(
        self, place: Callable[..., None], bx24_portal: Portal, request: pytest.FixtureRequest
    ) -> None:
        place(ID=str(WITHOUT_COMPANY))
        bx24_portal.company.deals.update(WITHOUT_COMPANY, {"CONTACT_ID": None, "CONTACT_IDS": []})
        app: OpenApplication = request.getfixturevalue("app")
        for text in ("No contact is linked to this deal.", "No company is linked to this deal."):
            expect(app.frame.get_by_text(text, exact=True)).to_be_visible()
        expect(app.frame.locator("#recent")).to_have_text(
            "No company is linked to this deal, so there are no others to show."
        )
        expect(app.frame.get_by_text("could not be read")).to_have_count(0)

    def test_what_cannot_be_read_says_so_and_the_rest_is_there(
        self, bx24_portal: Portal, request: pytest.FixtureRequest
    ) -> None:
        route = bx24_portal.rest.route
        route("crm.contact.get").fail("", "Access denied")
        route("crm.company.get").fail("", "Not found")
        route("crm.deal.list").fail("OPERATION_TIME_LIMIT")
        route("crm.status.list").fail("ERROR_CORE", "<i>Справочник</i> сломан")
        app: OpenApplication = request.getfixturevalue("app")
        frame = app.frame
        expect(frame.locator("#contact")).to_contain_text("The contact could not be read. You do not have the rights")
        expect(frame.locator("#company")).to_contain_text("The company could not be read. It does not exist")
        expect(frame.locator("#recent")).to_contain_text("The recent deals could not be read. The portal has had too")
        expect(frame.locator("#stages-problem")).to_contain_text(
            "The stages could not be read. The portal says: “<i>Справочник</i> сломан”."
        )
        expect(frame.get_by_role("radio")).to_have_count(0)
        # The title can be changed all the same, and trying again leaves alone what was typed.
        title(app).fill("Typed meanwhile")
        for method in ("crm.contact.get", "crm.company.get", "crm.deal.list", "crm.status.list"):
            route(method).pass_through()
        button(app, "Try again").first.click()
        expect(frame.get_by_role("radio")).to_have_count(8)
        expect(stage(app, "New")).to_be_checked()
        expect(frame.get_by_text("could not be read")).to_have_count(0)
        expect(title(app)).to_have_value("Typed meanwhile")
        button(app, "Save").click()
        expect(message(app)).to_have_text("Saved.")
        assert [update["FIELDS"] for update in updates(bx24_portal)] == [{"TITLE": "Typed meanwhile"}]


class TestNotReadable:
    """The deal itself cannot be shown."""

    @pytest.fixture
    def problem(self, request: pytest.FixtureRequest) -> Callable[[], Locator]:
        """Open the application and give its message."""

        def opened() -> Locator:
            app: OpenApplication = request.getfixturevalue("bx24_app")
            expect(app.frame.locator("#problem [role=alert]")).to_be_visible()
            expect(app.frame.locator("#card")).to_be_hidden()
            return app.frame.locator("#problem")

        return opened

    @pytest.mark.parametrize(
        ("code", "options"),
        [("CRM_CONTACT_DETAIL_TAB", {"ID": "5"}), ("CRM_DEAL_DETAIL_TAB", {"ID": "0"})],
    )
    def test_not_on_a_deal(
        self,
        code: str,
        options: dict[str, str],
        place: Callable[..., None],
        problem: Callable[[], Locator],
        bx24_portal: Portal,
    ) -> None:
        place(code, **options)
        expect(problem()).to_have_text(re.compile("There is no deal here. Open this application from a deal"))
        assert not bx24_portal.rest.calls

    def test_reasons_in_words_and_another_try(
        self, problem: Callable[[], Locator], bx24_portal: Portal, request: pytest.FixtureRequest
    ) -> None:
        """One after another in the same page; the last try brings the deal."""
        get, batch = bx24_portal.rest.route("crm.deal.get"), bx24_portal.rest.route("batch")
        get.fail("", "Access denied")
        said = problem()
        retry = said.get_by_role("button", name="Try again")
        expect(said).to_contain_text("The deal could not be read. You do not have the rights for it.")
        said.get_by_text("Details").click()
        expect(said).to_contain_text("crm.deal.get")
        scripts: list[tuple[Callable[[], object], str]] = [
            (lambda: get.fail("", "Not found"), "It does not exist, or has been deleted."),
            (lambda: get.fail("QUERY_LIMIT_EXCEEDED"), "The portal has had too many requests. Wait a minute"),
            (lambda: get.fail("ERROR_METHOD_NOT_FOUND"), "This portal does not offer it to applications."),
            (lambda: batch.fail("insufficient_scope"), "The application lacks a permission. Ask an administrator"),
            (lambda: batch.fail("NO_AUTH_FOUND"), "Your session has ended. Reload the page"),
            (lambda: batch.body("<h1>Bad Gateway</h1>", status=502).times(3), "The portal has a problem."),
            (lambda: batch.drop().times(3), "The connection failed. Check that you are online"),
        ]
        for script, words in scripts:
            get.pass_through()
            script()
            retry.click()
            expect(said).to_contain_text(words)
        expect(said.locator("h1", has_text="Bad Gateway")).to_have_count(0)
        batch.pass_through()
        retry.click()
        app: OpenApplication = request.getfixturevalue("app")
        expect(title(app)).to_have_value(value(bx24_portal, "TITLE"))
        expect(said).to_be_empty()

    def test_a_slow_portal(self, bx24_portal: Portal, bx24_app: OpenApplication) -> None:
        bx24_portal.rest.route("batch").never()
        bx24_app.reload()
        frame = bx24_app.frame
        expect(frame.get_by_role("progressbar", name="Reading the deal")).to_be_visible()
        expect(frame.locator("#progress-text")).to_have_text("Reading the deal… The portal is taking its time.")
        expect(frame.locator("#problem")).to_contain_text("The portal did not answer in time. Try again.")
        expect(frame.locator("#progress")).to_be_hidden()


class TestChanging:
    def test_title_and_stage(self, app: OpenApplication, bx24_portal: Portal) -> None:
        save = button(app, "Save")
        expect(save).to_have_attribute("aria-disabled", "true")
        save.click(force=True)  # does nothing
        title(app).fill("  Лазер & Söhne  ")
        choose(app, "Final invoice")
        expect(stage(app, "Final invoice")).to_be_checked()
        expect(save).to_have_attribute("aria-disabled", "false")
        bx24_portal.rest.route("crm.deal.update").delay(1)
        save.dblclick()
        expect(message(app)).to_have_text("Saving…")
        expect(app.frame.locator("#form")).to_have_attribute("aria-busy", "true")
        expect(title(app)).to_have_attribute("readonly", "")
        title(app).press("Enter")
        expect(message(app)).to_have_text("Saved.")

        fields = {"TITLE": "Лазер & Söhne", "STAGE_ID": "FINAL_INVOICE"}
        assert updates(bx24_portal) == [{"ID": str(DEAL), "FIELDS": fields}]
        assert {name: value(bx24_portal, name) for name in fields} == fields
        expect(title(app)).to_have_value("Лазер & Söhne")
        expect(title(app)).to_be_editable()
        expect(save).to_have_attribute("aria-disabled", "true")
        expect(app.frame.locator(".deals")).to_contain_text("Лазер & Söhne")
        wait_until(app.page, lambda: "reloadData" in commands(bx24_portal), "reloadData")
        assert commands(bx24_portal).count("reloadData") == 1
        app.reload()
        opened(app)
        expect(title(app)).to_have_value("Лазер & Söhne")
        expect(stage(app, "Final invoice")).to_be_checked()

    def test_with_the_keyboard(self, app: OpenApplication, bx24_portal: Portal) -> None:
        title(app).focus()
        app.page.keyboard.press("Tab")
        expect(stage(app, "New")).to_be_focused()
        app.page.keyboard.press("ArrowRight")
        expect(stage(app, "Document preparation")).to_be_checked()
        app.page.keyboard.press("Enter")
        expect(message(app)).to_have_text("Saved.")
        assert updates(bx24_portal) == [{"ID": str(DEAL), "FIELDS": {"STAGE_ID": "PREPARATION"}}]
        expect(stage(app, "Document preparation")).to_be_focused()
        app.page.keyboard.press("Tab")
        expect(button(app, "Save")).to_be_focused()

    def test_cancel_and_a_title_of_nothing(self, app: OpenApplication, bx24_portal: Portal) -> None:
        title(app).fill("   ")
        button(app, "Save").click()
        expect(app.frame.get_by_text("A deal needs a title.")).to_be_visible()
        expect(title(app)).to_be_focused()
        expect(title(app)).to_have_attribute("aria-invalid", "true")
        choose(app, "Deal lost")
        expect(app.frame.get_by_text("A deal needs a title.")).to_be_hidden()
        button(app, "Cancel").click()
        expect(title(app)).to_have_value(value(bx24_portal, "TITLE"))
        expect(stage(app, "New")).to_be_checked()
        expect(button(app, "Save")).to_have_attribute("aria-disabled", "true")
        assert not updates(bx24_portal)

    def test_what_was_typed_survives_each_failure(self, app: OpenApplication, bx24_portal: Portal) -> None:
        update, batch = bx24_portal.rest.route("crm.deal.update"), bx24_portal.rest.route("batch")
        before = value(bx24_portal, "TITLE")
        title(app).fill("Kept")
        choose(app, "Deal won")
        scripts: list[tuple[Callable[[], object], str]] = [
            (lambda: update.fail("", "Access denied"), "Not saved. You do not have the rights for it."),
            (lambda: update.fail("", "<b>Поле</b> занято"), "Not saved. The portal says: “<b>Поле</b> занято”."),
            (lambda: update.fail("QUERY_LIMIT_EXCEEDED"), "Not saved. The portal has had too many requests."),
            (lambda: batch.fail("insufficient_scope"), "Not saved. The application lacks a permission."),
            (lambda: batch.drop(), "It is not certain that your changes were saved. The connection failed."),
            (lambda: batch.fail("INTERNAL_SERVER_ERROR"), "It is not certain that your changes were saved."),
            (lambda: batch.fail("OVERLOAD_LIMIT"), "It is not certain that your changes were saved."),
        ]
        for script, words in scripts:
            update.pass_through()
            script()
            button(app, "Save").click()
            expect(failure(app)).to_contain_text(words)
            expect(failure(app)).to_contain_text("What you entered is still here.")
            expect(failure(app).locator("*")).to_have_count(0)
            expect(message(app)).to_be_empty()
            expect(title(app)).to_have_value("Kept")
            expect(title(app)).to_be_editable()
            expect(stage(app, "Deal won")).to_be_checked()
            assert value(bx24_portal, "TITLE") == before
        batch.pass_through()
        button(app, "Save").click()
        expect(message(app)).to_have_text("Saved.")
        expect(failure(app)).to_be_hidden()
        assert value(bx24_portal, "STAGE_ID") == "WON"

    def test_a_busy_portal_saves_once(self, app: OpenApplication, bx24_portal: Portal) -> None:
        bx24_portal.rest.route("batch").fail("QUERY_LIMIT_EXCEEDED").times(1)
        title(app).fill("Waited for")
        button(app, "Save").click()
        expect(message(app)).to_have_text("Saved.")
        assert len(updates(bx24_portal)) == 1

    def test_saved_but_not_read_again(self, app: OpenApplication, bx24_portal: Portal) -> None:
        bx24_portal.rest.route("crm.deal.get").fail("ERROR_CORE")
        title(app).fill("Written")
        button(app, "Save").click()
        expect(message(app)).to_have_text("Saved.")
        expect(title(app)).to_have_value("Written")
        expect(button(app, "Save")).to_have_attribute("aria-disabled", "true")
        assert value(bx24_portal, "TITLE") == "Written"

    def test_a_place_that_does_not_know_reload_data(self, app: OpenApplication, bx24_portal: Portal) -> None:
        bx24_portal.frame.answer("getInterface", {"command": [], "event": []})
        title(app).fill("Written")
        button(app, "Save").click()
        expect(message(app)).to_have_text("Saved. Reload the page to see it in the rest of the card.")


def test_pages_of_the_portal_open_over_it(app: OpenApplication, bx24_portal: Portal) -> None:
    frame, company = app.frame, value(bx24_portal, "COMPANY_ID")
    frame.get_by_role("region", name="Company", exact=True).get_by_role("button").click()
    slider = app.page.locator("#overlays .slider")
    expect(slider).to_be_visible()
    slider.locator(".slider-close").click()
    expect(slider).to_have_count(0)
    bx24_portal.frame.answer("openPath", {"result": "error", "errorCode": "PATH_NOT_AVAILABLE"}, times=1)
    frame.locator(".deals button").first.click()
    expect(frame.locator("#notice")).to_contain_text("The portal does not let this application open that page.")
    frame.get_by_role("region", name="Contact").get_by_role("button").click()
    expect(slider).to_be_visible()
    expect(frame.locator("#notice")).to_be_empty()
    paths = [message.params["path"] for message in bx24_portal.frame.sent if message.command == "openPath"]
    assert paths[0] == f"/crm/company/details/{company}/"
    assert re.fullmatch(r"/crm/deal/details/\d+/", paths[1])
    assert paths[2] == f"/crm/contact/details/{value(bx24_portal, 'CONTACT_ID')}/"


def test_texts_of_the_portal_stay_texts(bx24_portal: Portal, request: pytest.FixtureRequest) -> None:
    evil = "<img src=x onerror=\"document.title='evil'\">"
    company = bx24_portal.company
    company.deals.update(DEAL, {"TITLE": evil})
    company.contacts.update(value(bx24_portal, "CONTACT_ID"), {"NAME": evil, "POST": evil})
    company.companies.update(value(bx24_portal, "COMPANY_ID"), {"TITLE": evil, "ADDRESS_CITY": evil})
    row = {"STATUS_ID": "NEW", "NAME": evil, "SEMANTICS": None, "COLOR": "red;background:url(https://evil.example/)"}
    bx24_portal.rest.route("crm.status.list").respond([row])
    app: OpenApplication = request.getfixturevalue("app")
    expect(app.frame.locator("#contact, #company").get_by_role("button", name=evil)).to_have_count(2)
    expect(app.frame.get_by_role("radio", name=evil)).to_be_checked()
    expect(title(app)).to_have_value(evil)
    expect(app.frame.locator(".deals")).to_contain_text(evil)
    expect(app.frame.locator("img")).to_have_count(0)
    assert app.frame.locator(".stage").get_attribute("style") is None


POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' http://127.0.0.1:*; style-src 'self'; "
    "connect-src 'self' http://127.0.0.1:*; img-src 'self' data:; base-uri 'none'; form-action 'none'"
)
"""That of docs/security.md, for the local portal."""


def test_under_a_strict_policy(
    bx24_portal: Portal, bx24_browser: Browser, bx24_snapshot: bytes, demo: Path, tmp_path: Path
) -> None:
    folder = shutil.copytree(demo / "deal_card", tmp_path / "app")
    html = (folder / "index.html").read_text()
    meta = f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    (folder / "index.html").write_text(html.replace('<meta charset="utf-8">', f'<meta charset="utf-8">{meta}'))
    with make_server(bx24_portal, folder, snapshot=bx24_snapshot) as server, bx24_browser.new_page() as page:
        refused: list[str] = []
        page.on("console", lambda entry: refused.append(entry.text) if "Content Security" in entry.text else None)
        page.goto(server.url)
        app = OpenApplication(bx24_portal, server, page, application_frame(page, server.app_url))
        opened(app)
        expect(app.frame.locator(".stage.passed span")).to_have_css("background-color", "rgb(57, 168, 239)")
        choose(app, "Deal lost")
        button(app, "Save").click()
        expect(message(app)).to_have_text("Saved.")
        assert value(bx24_portal, "STAGE_ID") == "LOSE"
        assert refused == []
        app.frame.evaluate("document.body.setAttribute('style', 'color: red')")
        assert len(refused) == 1  # the policy is in force


class TestLook:
    @pytest.fixture
    def alone(self, app: OpenApplication) -> OpenApplication:
        app.page.add_style_tag(content=ALONE)
        return app

    def test_it_fits_on_wide_and_narrow_screens(self, alone: OpenApplication, tmp_path: Path) -> None:
        """Pictures of it are in pytest's folder of temporary files."""
        page, frame = alone.page, alone.frame
        title(alone).fill("A title that is much longer than a narrow screen " * 3)
        for width in (1280, 400):
            for scheme in ("light", "dark"):
                page.set_viewport_size({"width": width, "height": 1900})
                page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
                page.screenshot(path=tmp_path / f"deal-card-{width}-{scheme}.png")
                assert frame.evaluate("innerWidth") == width
                assert overflowing(alone) == []
                ground = frame.evaluate("getComputedStyle(document.body).backgroundColor")
                assert ground == ("rgb(24, 27, 32)" if scheme == "dark" else "rgb(238, 242, 244)")

    def test_long_words_and_failures_fit_on_a_narrow_screen(
        self, bx24_portal: Portal, alone: OpenApplication, tmp_path: Path
    ) -> None:
        long = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichen" * 3
        deals, contact = bx24_portal.company.deals, value(bx24_portal, "CONTACT_ID")
        deals.update(DEAL, {"TITLE": long})
        bx24_portal.company.contacts.update(contact, {"NAME": long, "POST": long})
        bx24_portal.rest.route("crm.company.get").fail("ERROR_CORE", long)
        bx24_portal.rest.route("crm.deal.update").fail("ERROR_CORE", long)
        alone.page.set_viewport_size({"width": 400, "height": 2000})
        alone.reload()
        alone.page.add_style_tag(content=ALONE)
        opened(alone)
        expect(alone.frame.locator("#contact")).to_contain_text(long)
        alone.frame.locator("#company summary").click()
        choose(alone, "Deal won")
        button(alone, "Save").click()
        expect(failure(alone)).to_contain_text(long)
        alone.page.screenshot(path=tmp_path / "deal-card-long.png")
        assert overflowing(alone) == []


def overflowing(app: OpenApplication) -> list[str]:
    """Tell what is wider than the frame."""
    found: list[str] = app.frame.evaluate(
        """() => {
          const root = document.documentElement;
          const wide = (e) => e.getBoundingClientRect().right > innerWidth + 0.5;
          const found = [...document.querySelectorAll("body *")].filter(wide);
          if (root.scrollWidth > innerWidth) found.push(root);
          return found.map((e) => `${e.tagName} ${e.id} ${e.className}`);
        }"""
    )
    return found


class TestInstallation:
    def test_the_tab_is_put_on_the_card_once(self, bx24_portal: Portal, request: pytest.FixtureRequest) -> None:
        bx24_portal.state.first_run = True
        app: OpenApplication = request.getfixturevalue("app")
        (bound,) = bx24_portal.state.placement_handlers
        assert bound["placement"] == "CRM_DEAL_DETAIL_TAB"
        assert bound["title"] == "At a glance"
        assert bound["handler"].startswith(app.server.app_url.rstrip("/"))
        assert "?" not in bound["handler"]
        bx24_portal.state.first_run = True  # of another administrator
        app.reload()
        opened(app)
        assert bx24_portal.state.placement_handlers == [bound]

    def test_another_user_just_opens_it(self, bx24_portal: Portal, request: pytest.FixtureRequest) -> None:
        bx24_portal.state.first_run, bx24_portal.state.admin = True, False
        request.getfixturevalue("app")
        assert not bx24_portal.state.placement_handlers
