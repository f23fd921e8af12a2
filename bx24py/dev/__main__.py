"""`python -m bx24py.dev` is the command line."""

from bx24py.dev import main

main()
