"""The company in plain Python: people, departments, their tree, and the search.

Nothing here depends on the page or the portal, so it can be tested anywhere.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

Row = dict[str, Any]
"""One row of a REST answer."""

NO_DEPARTMENT = 0
"""The place in the tree for people without a department; the portal's own ids start at 1."""


@dataclass(frozen=True)
class Person:
    """A user of the portal."""

    id: int
    name: str
    position: str = ""
    departments: tuple[int, ...] = ()
    phones: tuple[tuple[str, str], ...] = ()
    """Pairs of a label and a number."""
    email: str = ""
    photo: str = ""
    """The photo's URL; empty without one."""
    active: bool = True
    extranet: bool = False

    @classmethod
    def from_row(cls, row: Row) -> Person:
        """Read a row of user.get. Which fields it has depends on the application's permissions."""
        email = _text(row, "EMAIL")
        number = int(row["ID"])
        phones = (
            ("Phone", _text(row, "WORK_PHONE")),
            ("Mobile", _text(row, "PERSONAL_MOBILE")),
            ("Extension", _text(row, "UF_PHONE_INNER")),
        )
        photo = _text(row, "PERSONAL_PHOTO")
        return cls(
            number,
            " ".join(filter(None, (_text(row, "NAME"), _text(row, "LAST_NAME")))) or email or f"User {number}",
            _text(row, "WORK_POSITION"),
            _numbers(row.get("UF_DEPARTMENT")),
            tuple((label, phone) for label, phone in phones if phone),
            email,
            photo if photo.startswith(("https://", "http://")) else "",
            row.get("ACTIVE") not in (False, "N"),
            row.get("USER_TYPE") == "extranet",
        )

    @property
    def initials(self) -> str:
        """The first letters of the first two words of the name."""
        return "".join(word[0] for word in self.name.split()[:2]).upper()


@dataclass(frozen=True)
class Department:
    """A department; `head` is a user's id, or 0."""

    id: int
    name: str
    parent: int = 0
    head: int = 0
    sort: int = 500

    @classmethod
    def from_row(cls, row: Row) -> Department:
        """Read a row of department.get."""
        number = int(row["ID"])
        name = _text(row, "NAME") or f"Department {number}"
        return cls(number, name, _number(row, "PARENT"), _number(row, "UF_HEAD"), _number(row, "SORT"))


@dataclass(frozen=True)
class Found:
    """The results of a search."""

    departments: list[Department] = field(default_factory=list)
    people: list[Person] = field(default_factory=list)


class Company:
    """Departments as a tree, with their people.

    Args:
        departments: those that the portal shows.
        people: users, including dismissed ones.
        dismissed: whether dismissed people are counted, listed and found. As heads they are always shown.
    """

    def __init__(self, departments: Iterable[Department], people: Iterable[Person], *, dismissed: bool = False) -> None:
        self.departments = {one.id: one for one in departments}
        self._everyone = {one.id: one for one in people}
        shown = (one for one in self._everyone.values() if one.active or dismissed)
        self.people = {one.id: one for one in sorted(shown, key=lambda one: (fold(one.name), one.id))}
        self._parents = self._make_parents()
        self._headed: dict[int, list[int]] = {}
        self._children: dict[int, list[Department]] = {}
        self._members: dict[int, list[Person]] = {}
        self._reach: dict[int, frozenset[int]] = {}
        for department in sorted(self.departments.values(), key=lambda one: (one.sort, fold(one.name))):
            self._children.setdefault(self._parents[department.id], []).append(department)
            self._headed.setdefault(department.head, []).append(department.id)
        for person in self.people.values():
            for number in self.departments_of(person) or [NO_DEPARTMENT]:
                self._members.setdefault(number, []).append(person)

    @property
    def roots(self) -> list[Department]:
        """The departments at the top."""
        return self._children.get(0, [])

    def children(self, department: int) -> list[Department]:
        """Return the departments directly below one."""
        return self._children.get(department, []) if department else []

    def head(self, department: int) -> Person | None:
        """Return the head of a department, dismissed or not."""
        found = self.departments.get(department)
        return self._everyone.get(found.head) if found else None

    def members(self, department: int) -> list[Person]:
        """Return the people of a department, its head first."""
        head = self.head(department)
        return sorted(self._members.get(department, []), key=lambda one: one != head)

    def departments_of(self, person: Person) -> list[int]:
        """Return the departments that a person belongs to or heads, without those that the portal does not show."""
        belongs = [number for number in person.departments if number in self.departments]
        return [*belongs, *(number for number in self._headed.get(person.id, []) if number not in belongs)]

    def is_head(self, person: Person, department: int) -> bool:
        """Return whether a person heads a department."""
        return department in self._headed.get(person.id, [])

    def count(self, department: int) -> int:
        """Count the people of a department and of all below it, each once."""
        return len(self._people_below(department))

    def path(self, department: int) -> list[Department]:
        """Return the path to a department from the top, including itself."""
        way: list[Department] = []
        while department:
            way.append(self.departments[department])
            department = self._parents[department]
        return way[::-1]

    def search(self, text: str) -> Found:
        """Find matches for all words of a text: departments by name, people by anything on their card.

        People whose name has all the words come first.
        """
        words = fold(text).split()
        if not words:
            return Found()

        def has_all(name: str) -> bool:
            return all(word in name for word in words)

        people = [one for one in self.people.values() if has_all(self._texts[one.id])]
        departments = [one for one in self.departments.values() if has_all(fold(one.name))]
        people.sort(key=lambda one: not has_all(fold(one.name)))
        departments.sort(key=lambda one: fold(one.name))
        return Found(departments, people)

    def _make_parents(self) -> dict[int, int]:
        """Return each department's parent: 0 at the top, and where the portal's data has a cycle."""
        parents = {one.id: one.parent if one.parent in self.departments else 0 for one in self.departments.values()}
        for number in parents:
            seen = {number}
            at = number
            while parents[at]:
                if parents[at] in seen:
                    parents[at] = 0
                at = parents[at] or at
                seen.add(at)
        return parents

    def _people_below(self, department: int) -> frozenset[int]:
        if department not in self._reach:
            below = [self._people_below(one.id) for one in self.children(department)]
            self._reach[department] = frozenset(one.id for one in self.members(department)).union(*below)
        return self._reach[department]

    @cached_property
    def _texts(self) -> dict[int, str]:
        return {person.id: self._searched_text(person) for person in self.people.values()}

    def _searched_text(self, person: Person) -> str:
        departments = (self.departments[number].name for number in self.departments_of(person))
        # As written, and without spaces and dashes, to find a number either way.
        phones = (f"{phone} {''.join(filter(str.isdigit, phone))}" for _, phone in person.phones)
        return "\n".join(map(fold, (person.name, person.position, person.email, *departments, *phones)))


_BARRED = str.maketrans("øłđðħı", "olddhi")
"""Letters whose stroke, or missing dot, is not an accent in Unicode."""


@lru_cache(maxsize=20_000)
def fold(text: str) -> str:
    """Return a text without case and accents for comparison, so that "malmo" finds "Malmö"."""
    if text.isascii():
        return text.casefold()
    letters = unicodedata.normalize("NFKD", text.casefold()).translate(_BARRED)
    return "".join(letter for letter in letters if not unicodedata.combining(letter))


def _text(row: Row, name: str) -> str:
    value = row.get(name)
    return " ".join(str(value).split()) if isinstance(value, str | int | float) and value is not False else ""


def _number(row: Row, name: str) -> int:
    text = _text(row, name)
    return int(text) if text.isdecimal() else 0


def _numbers(value: Any) -> tuple[int, ...]:
    """Read UF_DEPARTMENT: a list of numbers, false, or an empty str; PHP may turn a list into a mapping."""
    values = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else [value]
    numbers = (int(one) for one in values if isinstance(one, str | int) and str(one).isdecimal())
    return tuple(dict.fromkeys(number for number in numbers if number))
