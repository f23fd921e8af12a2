"""Order of the tests: from the first browser test on Playwright's event loop runs in this thread, and no other can."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the browser tests last, however the tests were named on the command line."""
    items.sort(key=lambda item: "browser" in item.path.parts)
