"""REST 3.0 (contract, section 6): what differs from the old REST, whose calls, batches and lists it goes through."""
