"""REST 3.0 of the local portal (contract, section 6)."""
