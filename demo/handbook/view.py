"""What the page shows: rows, cards and messages, built from elements and text.

Data from the portal becomes text nodes and attributes, never HTML. There are no inline styles or scripts, which a
strict Content-Security-Policy blocks. An element's click action is in its `data-action`; app.py listens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from company import NO_DEPARTMENT, Company, Department, Found, Person
from js import encodeURIComponent

from bx24py import (
    AccessError,
    BX24Error,
    PathNotAvailableError,
)
from bx24py.page import Element, element

TONES = 8
"""How many colours initials have."""

SHOWN_AT_ONCE = 50
"""How many rows a list shows at first, and how many more each click adds: long lists take time to build."""


def button(text: str, action: str, **attributes: str | int | bool) -> Element:
    """Create a button."""
    return element("button", text, type="button", data_action=action, **attributes)


def people_count(count: int) -> str:
    """Return a number of people in words."""
    return "1 person" if count == 1 else f"{count:,} people"


def summary(company: Company) -> str:
    """Return the size of the company in words."""
    departments = len(company.departments)
    counted = "1 department" if departments == 1 else f"{departments:,} departments"
    people = people_count(len(company.people)) if company.people else ""
    return " in ".join(filter(None, (people, counted if departments else "")))


# Departments


def department_list(company: Company, departments: Iterable[Department]) -> Element:
    """Return a list of closed departments; `department_content` creates their content."""
    return element("ul", *(department_item(company, one) for one in departments), class_="branch")


def department_item(company: Company, department: Department) -> Element:
    """Return a department that can be opened."""
    head = company.head(department.id)
    dismissed = " (dismissed)" if head and not head.active else ""
    line = f"Head: {head.name}{dismissed}" if head else "No head"
    return _folder(department.id, department.name, line, company.count(department.id))


def without_department_item(company: Company) -> Element:
    """Return the item for people without a department; if no departments are known, for everybody."""
    name, line = ("Without a department", "Not in the company structure") if company.departments else ("Everybody", "")
    return _folder(NO_DEPARTMENT, name, line, len(company.members(NO_DEPARTMENT)))


def _folder(number: int, name: str, line: str, count: int) -> Element:
    row = button(
        "",
        "toggle",
        class_="row",
        id=f"department-{number}",
        data_department=number,
        aria_expanded="false",
        aria_controls=f"inside-{number}",
    )
    row.append(
        element("span", class_="arrow", aria_hidden="true"),
        _lines(element("bdi", name), line),
        element("span", people_count(count), class_="count"),
    )
    inside = element("div", id=f"inside-{number}", class_="inside", hidden=True)
    return element("li", row, inside, class_="department")


def department_content(company: Company, department: int) -> Element:
    """Return the content of a department: its people, then the departments below it."""
    people = company.members(department)
    below = company.children(department)
    if not people and not below:
        return element("p", "Nobody works here yet.", class_="nobody muted")
    content = element("div")
    if people:
        content.append(listing(people, lambda one: member(company, department, one), str(department)))
    if below:
        content.append(department_list(company, below))
    return content


def found_department(company: Company, department: Department) -> Element:
    """Return a department in the search results; a click shows it in the structure."""
    above = company.path(department.id)[:-1]
    line = " › ".join(one.name for one in above) or "Top of the company"  # noqa: RUF001
    row = button("", "reveal", class_="row", data_department=department.id)
    row.append(
        element("span", class_="arrow", aria_hidden="true"),
        _lines(element("bdi", department.name), line),
        element("span", people_count(company.count(department.id)), class_="count"),
    )
    return element("li", row, class_="department")


# People


def person_item(person: Person, *, head: bool = False, line: str | None = None) -> Element:
    """Return a person; a click shows their card.

    Args:
        person: the person.
        head: whether they head the department where they are shown.
        line: the text below the name instead of the position.
    """
    row = button("", "card", class_="row", data_person=person.id, aria_expanded="false")
    row.append(
        avatar(person),
        _lines(element("bdi", person.name), person.position if line is None else line),
        *_badges(person, head),
    )
    return element("li", row, class_="person" if person.active else "person dismissed")


def member(company: Company, department: int, person: Person) -> Element:
    """Return a person in the list of a department."""
    return person_item(person, head=company.is_head(person, department))


def found_person(company: Company, person: Person) -> Element:
    """Return a person in the search results: their departments tell namesakes apart."""
    departments = (company.departments[number].name for number in company.departments_of(person))
    return person_item(person, line=" · ".join(filter(None, (person.position, ", ".join(departments)))))


def avatar(person: Person, *, large: bool = False) -> Element:
    """Return a photo over initials, which are visible if there is no photo or it does not load."""
    size = "avatar large" if large else "avatar"
    made = element("span", person.initials, class_=f"{size} tone-{person.id % TONES}", aria_hidden="true")
    if person.photo:
        made.append(element("img", src=person.photo, alt="", loading="lazy", referrerpolicy="no-referrer"))
    return made


def card(company: Company, person: Person, number: str) -> Element:
    """Return a person's card.

    Args:
        company: the company.
        person: the person.
        number: the card's id in the page.
    """
    facts = element("dl", class_="facts")
    if person.position:
        _fact(facts, "Position", person.position, wide=True)
    departments = [_department_link(company, one, person) for one in company.departments_of(person)]
    _fact(
        facts, "Departments" if len(departments) > 1 else "Department", *(departments or ("No department",)), wide=True
    )
    for label, phone in person.phones:
        # An extension can only be called from inside the company.
        _fact(facts, label, phone if label == "Extension" else element("a", phone, href=f"tel:{_dialled(phone)}"))
    if person.email:
        link = element("a", person.email, href=f"mailto:{_mailed(person.email)}")
        _fact(facts, "E-mail", link, wide=True)
    if not person.phones and not person.email:
        _fact(facts, "Contact", "No phone or e-mail that you may see")
    actions = element("div", button("Open profile", "profile", class_="primary"), class_="actions")
    if person.active:
        actions.append(button("Open chat", "chat"))
    return element(
        "section",
        avatar(person, large=True),
        element("div", facts, actions, element("p", role="alert", class_="trouble"), class_="about"),
        id=number,
        class_="card",
        aria_label=person.name,
        data_person=person.id,
    )


def _fact(facts: Element, name: str, *values: Element | str, wide: bool = False) -> None:
    facts.append(
        element("div", element("dt", name), *(element("dd", value) for value in values), class_=wide and "wide")
    )


def _department_link(company: Company, department: int, person: Person) -> Element:
    link = button("", "reveal", class_="link", data_department=department)
    link.append(element("bdi", company.departments[department].name))
    return element("span", link, " (head)") if company.is_head(person, department) else link


def _mailed(email: str) -> str:
    return str(encodeURIComponent(email)).replace("%40", "@")


def _dialled(phone: str) -> str:
    return "".join(letter for letter in phone if letter in "+*#" or letter.isdecimal())


def _badges(person: Person, head: bool) -> Iterable[Element]:
    if head:
        yield element("span", "Head", class_="badge head")
    if person.extranet:
        yield element("span", "Extranet", class_="badge extranet")
    if not person.active:
        yield element("span", "Dismissed", class_="badge")


def _lines(first: Element, second: str) -> Element:
    name = element("span", first, class_="name")
    return element("span", name, element("span", second, class_="line", dir="auto") if second else None, class_="lines")


# Long lists


def listing(people: list[Person], make: Callable[[Person], Element], source: str) -> Element:
    """Return a list of people, only the first ones if there are many.

    Args:
        people: all of them.
        make: creates a row.
        source: where `extend` gets the others from; in the element's `data-source`.
    """
    made = element("div", element("ul", class_="people"), class_="listing", data_source=source)
    extend(made, people, make)
    return made


def extend(made: Element, people: list[Person], make: Callable[[Person], Element]) -> Element:
    """Show more people of a list, and return the first new row."""
    rows, more = made.firstElementChild, made.querySelector(".more")
    if more:
        more.remove()
    shown = rows.childElementCount
    items = [make(one) for one in people[shown : shown + SHOWN_AT_ONCE]]
    rows.append(*items)
    left = len(people) - shown - len(items)
    if left:
        made.append(button(f"Show {min(left, SHOWN_AT_ONCE)} more of {left:,}", "more", class_="more"))
    return items[0].firstElementChild


# Search results

SEARCH = "search"
"""The source of the list of search results."""


def results(company: Company, found: Found) -> list[Element]:
    """Return the lists of search results."""
    made: list[Element] = []
    if found.departments:
        first = (found_department(company, one) for one in found.departments[:SHOWN_AT_ONCE])
        made += [element("h2", "Departments"), element("ul", *first, class_="branch")]
    if (left := len(found.departments) - SHOWN_AT_ONCE) > 0:
        made.append(element("p", f"And {left:,} more: type more of the name.", class_="muted"))
    if found.people:
        made += [element("h2", "People"), listing(found.people, lambda one: found_person(company, one), SEARCH)]
    return made


def found_count(found: Found) -> str:
    """Return the number of search results in words."""
    departments = len(found.departments)
    names = {0: "", 1: "1 department"}.get(departments, f"{departments:,} departments")
    people = people_count(len(found.people)) if found.people else ""
    return " and ".join(filter(None, (names, people)))


def nothing_found(text: str) -> Element:
    """Return a message that the search found nothing."""
    said = element("p", "Nobody and no department matches “", element("bdi", text), "”.")
    return element("div", said, button("Clear the search", "clear"), class_="empty")


def nobody() -> Element:
    """Return a message that the company is empty."""
    return element(
        "div",
        element("p", "There is nobody here yet."),
        element("p", "Departments and people appear as soon as the portal has some that you may see.", class_="muted"),
        class_="empty",
    )


# Errors

NOT_READ = {
    "departments": "The departments could not be read",
    "people": "The people could not be read",
    "company": "The company could not be read",
}
NOT_ALL_READ = {"departments": "Not all departments could be read", "people": "Not all people could be read"}
SCOPES = {"departments": "department", "people": "user"}
"""The permission that reading each needs."""


def problem(what: str, error: BX24Error, *, some: bool) -> Element:
    """Return an error message: what could not be read, why, what to do, and the portal's own text for administrators.

    Args:
        what: `departments`, `people` or `company`.
        error: the error.
        some: whether some of it was read.
    """
    title = (NOT_ALL_READ if some else NOT_READ)[what]
    scope = SCOPES.get(what) if isinstance(error, AccessError) else None
    needed = f" The application needs the permission “{scope}”." if scope else ""
    return element(
        "div",
        element("div", element("strong", f"{title}."), f" {error.user_message}{needed}", class_="why"),
        element("details", element("summary", "Details"), element("p", str(error))),
        button("Try again", "retry"),
        class_="problem",
        role="alert",
    )


def profile_trouble(error: BX24Error) -> str:
    """Return why a profile did not open."""
    if not isinstance(error, PathNotAvailableError):
        return f"The profile could not be opened. {error.user_message}"
    if error.code == "METHOD_NOT_SUPPORTED_ON_DEVICE":
        return "Profiles cannot be opened from here in the mobile application. Find the person in the portal's menu."
    return "The portal does not let this application open the profile. Find the person in the portal's menu."
