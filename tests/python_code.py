"""Code that tests run in the Python of a page."""

from __future__ import annotations

import json
import textwrap
from typing import Any

RUN = """
async ([code, limit]) => {
  const pyodide = await window.bx24py.ready;
  const globals = pyodide.globals.get("dict")();
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(reject, limit * 1000, new Error(`no end within ${limit} s`));
  });
  try {
    return await Promise.race([pyodide.runPythonAsync(code, { globals }), late]);
  } finally {
    clearTimeout(timer);
    globals.destroy();
  }
}
"""
"""A function of JavaScript that runs code within a limit, in seconds."""

_PRELUDE = """
import asyncio, json, js
from bx24py import *
from bx24py import bx24
async def failure(call):
    try:
        await call
    except Exception as error:
        attributes = {k: v for k, v in vars(error).items() if isinstance(v, (str, int))}
        return [type(error).__name__, str(error), attributes]
"""


def body_of_async(code: str, values: dict[str, Any]) -> str:
    """Make code that runs the body of an async function with these names, and gives what it returns as JSON."""
    source = _PRELUDE + f"_values = json.loads({json.dumps(json.dumps(values))})\nglobals().update(_values)\n"
    source += "async def main():\n" + textwrap.indent(textwrap.dedent(code), "    ")
    return source + "\njson.dumps(await main())\n"
