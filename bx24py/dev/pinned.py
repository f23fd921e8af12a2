"""The only Pyodide version that bx24py accepts, and the SHA-256 of its files.

`static/bx24py/pyodide.js` has the same for the page; `tests/unit/test_distribution.py` compares them. To change the
version, take the sums from the files on npm and PyPI, once, and inspect those files.
"""

from __future__ import annotations

VERSION = "314.0.7"

PYTHON = "3.14"

MAGIC_NUMBER = (3627).to_bytes(2, "little") + b"\r\n"
"""The first bytes of that Python's .pyc files: `importlib.util.MAGIC_NUMBER`."""

LOCK_FILE = "pyodide-lock.json"

PUBLISHED = {
    "pyodide.mjs": "6f1d60f7bf529beb300f0f47983c921d3982363640ba20af0e38efdddbc66109",
    "pyodide.asm.mjs": "f7cdc8ece80678ceb712f8e65ebe6d3a83203a180c399865f49612a051693635",
    "pyodide.asm.wasm": "cc36e3cab04fdfc9a63ff13eb52eae2b911bf46c025cc7b281f394bd3de1d5e6",
    "python_stdlib.zip": "fa1957e5777068fc4f7437f96d860ae2fbe9c19732ba06c84e004ec16dd7dd7a",
    LOCK_FILE: "5dc2fc119108bc148c7457dc86e7675b5c87e1cafd420b9c34c1eaef7b36c010",
}
"""The files that the loader needs, as on npm and the public CDN."""

MICROPIP_VERSION = "0.11.1"

MICROPIP = f"micropip-{MICROPIP_VERSION}-py3-none-any.whl"

PUBLISHED_MICROPIP = "e2d52886594fd4cd0d0847110a1c34ae0134d3a970eb4496d3b5eb31ee2d8af6"
"""The build of micropip in the published lock file. It is only on the CDN."""

KEPT = PUBLISHED | {
    LOCK_FILE: "05e3779ad923e7bd54b2604616c56c0fb0e132d65fec4fa72caf4a7cde65b4d2",
    MICROPIP: "768de165adb8e66906039d8fec4127a57f522dfdf8e6fbff877a4616941ecfd3",
}
"""The files kept on the developer's machine and packed: with PyPI's build of micropip, which this lock file names."""
