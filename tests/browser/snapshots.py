"""Snapshots as other visits, other applications or accidents may have left them, and browsers that have none."""

from __future__ import annotations

import json
import time

OPTION = "bx24py-snapshot"
KEY = "5e" * 32
"""What the snapshots of the tests are sealed with."""

SIGNED = """
    bytes[at] ^= 1;
    bytes.set(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes.subarray(32))));
"""
DAMAGES = {
    "another version of the package": f"const at = 32; {SIGNED}",
    "another version of Pyodide": f"const at = 104 + 4 * new Uint32Array(bytes.buffer)[25] + 16; {SIGNED}",
    "a bit flipped": "bytes[bytes.length >> 1] ^= 1",
    "bytes flipped": "for (let at = 1000; at < bytes.length; at += 99991) bytes[at] ^= 255",
    "truncated": "bytes = bytes.slice(0, bytes.length >> 1)",
    "half-written, without its end": "bytes = bytes.slice(0, -4)",
    "empty": "bytes = new Uint8Array()",
    "something else": "bytes = new TextEncoder().encode('<h1>Not Found</h1>')",
}
"""Code that changes the `bytes` of a snapshot."""

POISONED = f"const at = bytes.length >> 1; {SIGNED}"
"""What another application may do to it."""

UNREADABLE = {
    "storage denied": "caches.open = () => Promise.reject(new DOMException('denied', 'SecurityError'))",
    "no storage at all": "delete globalThis.caches; delete (globalThis.Window ?? WorkerGlobalScope).prototype.caches",
    "storage that does not answer": "caches.open = () => new Promise(() => {})",
    "a worker that cannot be started": "globalThis.Worker = class { constructor() { throw new Error('no') } }",
    "a worker that does not answer": "Worker.prototype.postMessage = () => {}",
}
"""Code that runs first in the page and in the worker, in a browser where a snapshot cannot be read."""

NOT_KEPT = {
    "no room": "Cache.prototype.put = () => Promise.reject(new DOMException('full', 'QuotaExceededError'))",
    "no locks": "Object.defineProperty(Navigator.prototype, 'locks', { value: undefined })",
}
"""The same, in one where none can be kept."""


def putting(kept: str, change: str = "", age: float = 0, *, known: bool = True) -> str:
    """Return code that puts a snapshot into the `cache` under `address`.

    Args:
        kept: the name under which the page can fetch a whole snapshot.
        change: code that changes its `bytes`.
        age: how many seconds ago it was made.
        known: whether it is sealed with KEY, or else by somebody who does not know it.
    """
    made = int((time.time() - age) * 1000)
    return f"""
        let bytes = await (await fetch({json.dumps(kept)})).bytes();
        const size = new DataView(bytes.buffer).getUint32(96, true);
        {change};
        const hex = (byte) => byte.toString(16).padStart(2, "0");
        const digits = (some) => Array.from(new Uint8Array(some), hex).join("");
        const digest = digits(await crypto.subtle.digest("SHA-256", bytes.subarray(32)));
        const secret = new Uint8Array(32).fill({"0x5e" if known else "7"});
        const algorithm = {{ name: "HMAC", hash: "SHA-256" }};
        const key = await crypto.subtle.importKey("raw", secret, algorithm, false, ["sign"]);
        const seal = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(digest + " {made}"));
        const headers = {{ "bx24py-made": "{made}", "bx24py-size": String(size), "bx24py-seal": digits(seal) }};
        await cache.put(address, new Response(bytes, {{ headers }}));
        localStorage.setItem(address, "made {made}");
    """
