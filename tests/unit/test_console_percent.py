"""The console's files: the percent format as VS Code, Spyder and Jupytext write and read it."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

MODULE = Path(__file__).parents[2] / "demo" / "console" / "percent.js"


def read(file: str) -> tuple[dict[str, Any], str]:
    """Return what is read of a file, and how it is written again."""
    node = shutil.which("node")
    assert node, "Node.js is missing"
    program = (
        f"import {{ parse, format }} from {json.dumps(MODULE.as_uri())};"
        f"const parsed = parse({json.dumps(file)});"
        "console.log(JSON.stringify([parsed, format(parsed)]));"
    )
    done = subprocess.run([node, "--input-type=module", "--eval", program], capture_output=True, text=True, check=True)
    parsed, written = json.loads(done.stdout)
    return parsed, written


JUPYTEXT = """\
# ---
# jupyter:
#   jupytext:
#     text_representation:
#       format_name: percent
# ---

# %% [markdown]
# # A title
#
# Words

# %% Deals {"tags": ["a"]}
# %%time
deals = 1


def two():
    return 2

# %% [raw]
# raw
"""


@pytest.mark.parametrize(
    "file",
    [
        JUPYTEXT,
        "#!/usr/bin/env python\n# -*- coding: utf-8 -*-\n\n# %%\n1\n",
        "# A licence\n\n# %% First\n1\n\n# %%% A part of it\n2\n",
        "# %%\n",
        "# %%\n\n# %%\n1\n",
    ],
)
def test_a_file_is_written_as_it_was_read(file: str) -> None:
    assert read(file)[1] == file


def test_a_header_is_no_cell_and_magics_are_no_markers() -> None:
    parsed, _ = read(JUPYTEXT)
    assert parsed["header"].splitlines()[0] == parsed["header"].splitlines()[-1] == "# ---"
    assert [cell["title"] for cell in parsed["cells"]] == [" [markdown]", ' Deals {"tags": ["a"]}', " [raw]"]
    assert parsed["cells"][1]["code"].startswith("# %%time\n")


@pytest.mark.parametrize(
    ("file", "codes"),
    [
        ("#%%\n1\n#%% Two\n2\n", ["1", "2"]),
        ("# In[1]:\n1\n# In[ ]:\n2\n", ["1", "2"]),
        ("# <codecell>\n1\n# %%Glued\n2\n", ["1", "2"]),
        ("\ufeff# %%\r\n1\r\n\r\n# %%\r\n2\r\n", ["1", "2"]),
        ("import os\n\n# %%\n2", ["import os", "2"]),
        ("# a comment\nvalue = 1\n", ["# a comment\nvalue = 1"]),
        ("# coding: utf-8\nvalue = 1\n", ["value = 1"]),
        ("# ---\nvalue = 1\n", ["# ---\nvalue = 1"]),
        ("", [""]),
        ("if 1:\n    # %% inside\n    2\n", ["if 1:\n    # %% inside\n    2"]),
    ],
)
def test_cells_of_other_programs_are_read(file: str, codes: list[str]) -> None:
    parsed, written = read(file)
    assert [cell["code"] for cell in parsed["cells"]] == codes
    assert read(written)[0]["cells"] == parsed["cells"], "not the same when it is read again"
