"""`python -m bx24py` is the command line, the same as `bx24py`. It is not shipped to the browser."""

from bx24py.dev import main

main()
