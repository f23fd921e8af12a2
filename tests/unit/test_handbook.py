"""The handbook demo's company.py, which needs neither a portal nor a browser."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

FOLDER = Path(__file__).parents[2] / "demo" / "handbook"


@pytest.fixture(scope="module")
def company() -> Iterator[ModuleType]:
    spec = importlib.util.spec_from_file_location("handbook_company", FOLDER / "company.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


class TestCompany:
    def test_a_row_of_which_only_the_number_is_certain(self, company: ModuleType) -> None:
        person = company.Person.from_row({"ID": "7"})
        assert (person.name, person.active, person.departments, person.initials) == ("User 7", True, (), "U7")
        department = company.Department.from_row({"ID": "3", "NAME": " "})
        assert (department.name, department.parent, department.head) == ("Department 3", 0, 0)

    @pytest.mark.parametrize(
        ("given", "read"),
        [
            ([1, "2", 1], (1, 2)),
            ({"0": 5}, (5,)),
            (False, ()),
            ("", ()),
            (None, ()),
            ([0], ()),
            ("4", (4,)),
        ],
    )
    def test_the_departments_of_a_row(self, company: ModuleType, given: Any, read: tuple[int, ...]) -> None:
        assert company.Person.from_row({"ID": "1", "UF_DEPARTMENT": given}).departments == read

    @pytest.mark.parametrize(
        ("parents", "roots"),
        [
            ({1: 0, 2: 1, 3: 2}, [1]),
            ({1: 1}, [1]),
            ({1: 9, 2: 1}, [1]),
            ({1: 2, 2: 3, 3: 1, 4: 3}, None),
            ({1: 2, 2: 1, 3: 0}, None),
        ],
    )
    def test_every_department_is_in_the_tree_once(
        self, company: ModuleType, parents: dict[int, int], roots: list[int] | None
    ) -> None:
        made = company.Company([company.Department(n, f"D{n}", parent) for n, parent in parents.items()], [])

        def walk(departments: list[Any]) -> list[int]:
            return [number for one in departments for number in (one.id, *walk(made.children(one.id)))]

        assert sorted(walk(made.roots)) == sorted(parents)
        assert roots is None or [one.id for one in made.roots] == roots
        assert all(made.path(number)[-1].id == number for number in parents)

    def test_people_are_counted_once_and_heads_come_first(self, company: ModuleType) -> None:
        departments = [company.Department(1, "All", head=9), company.Department(2, "Part", 1, head=3)]
        people = [
            company.Person(1, "Ann", departments=(1, 2)),
            company.Person(2, "Bob", departments=(2, 77)),
            company.Person(3, "Zoe", departments=(2,)),
            company.Person(4, "Gone", departments=(2,), active=False),
            company.Person(9, "Head of nothing else"),
            company.Person(10, "Nowhere", departments=(77,)),
        ]
        made = company.Company(departments, people)
        assert [one.name for one in made.members(1)] == ["Head of nothing else", "Ann"]
        assert [one.name for one in made.members(2)] == ["Zoe", "Ann", "Bob"]
        assert [one.name for one in made.members(company.NO_DEPARTMENT)] == ["Nowhere"]
        assert (made.count(1), made.count(2)) == (4, 3)
        with_gone = company.Company(departments, people, dismissed=True)
        assert (with_gone.count(1), len(with_gone.members(2))) == (5, 4)

    @pytest.mark.parametrize(
        ("text", "names"),
        [
            ("", []),
            ("   ", []),
            ("angstrom", ["Søren Ångström"]),
            ("ÅNG sør", ["Søren Ångström"]),
            ("engineer", ["Engineer Smith", "Søren Ångström"]),
            ("engineer angstrom", ["Søren Ångström"]),
            ("49 30 555", ["Engineer Smith"]),
            ("soren", ["Søren Ångström"]),
            ("4930555", ["Engineer Smith"]),
            ("30-555", ["Engineer Smith"]),
            ("optics", ["Søren Ångström"]),
            ("(", ["Engineer Smith"]),
            ("nobody", []),
        ],
    )
    def test_search_ignores_accents_case_and_punctuation(
        self, company: ModuleType, text: str, names: list[str]
    ) -> None:
        people = [
            company.Person(1, "Søren Ångström", "Engineer", (1,)),
            company.Person(2, "Engineer Smith", "Lawyer", phones=(("Phone", "+49 (30-555)"),)),
        ]
        made = company.Company([company.Department(1, "Optics")], people)
        assert [one.name for one in made.search(text).people] == names
        assert [one.name for one in made.search("OPT").departments] == ["Optics"]
