"""The one version of Pyodide that bx24py is made for, and the SHA-256 of its files. Nothing else is taken for it.

`static/bx24py-pyodide.js` has the same for the page; `tests/unit/test_distribution.py` compares them. Whoever changes
the version takes the sums from what npm and PyPI bring, once, and looks at what that is.
"""

from __future__ import annotations

VERSION = "314.0.7"

PYTHON = "3.14"

MAGIC_NUMBER = (3627).to_bytes(2, "little") + b"\r\n"
"""How each .pyc file of that Python begins: `importlib.util.MAGIC_NUMBER`."""

LOCK_FILE = "pyodide-lock.json"

PUBLISHED = {
    "pyodide.mjs": "6f1d60f7bf529beb300f0f47983c921d3982363640ba20af0e38efdddbc66109",
    "pyodide.asm.mjs": "f7cdc8ece80678ceb712f8e65ebe6d3a83203a180c399865f49612a051693635",
    "pyodide.asm.wasm": "cc36e3cab04fdfc9a63ff13eb52eae2b911bf46c025cc7b281f394bd3de1d5e6",
    "python_stdlib.zip": "fa1957e5777068fc4f7437f96d860ae2fbe9c19732ba06c84e004ec16dd7dd7a",
    LOCK_FILE: "5dc2fc119108bc148c7457dc86e7675b5c87e1cafd420b9c34c1eaef7b36c010",
}
"""What the loader needs of the distribution, as npm and the public CDN have it."""

MICROPIP_VERSION = "0.11.1"

MICROPIP = f"micropip-{MICROPIP_VERSION}-py3-none-any.whl"

PUBLISHED_MICROPIP = "e2d52886594fd4cd0d0847110a1c34ae0134d3a970eb4496d3b5eb31ee2d8af6"
"""The build of micropip that the published lock file names. It is on the CDN only."""

KEPT = PUBLISHED | {
    LOCK_FILE: "05e3779ad923e7bd54b2604616c56c0fb0e132d65fec4fa72caf4a7cde65b4d2",
    MICROPIP: "768de165adb8e66906039d8fec4127a57f522dfdf8e6fbff877a4616941ecfd3",
}
"""What is kept on the developer's machine, and packed: with PyPI's build of micropip, which this lock file names."""
