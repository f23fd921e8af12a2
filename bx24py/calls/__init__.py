"""A pending call: a future that is queued, paced, sent, answered, timed out or cancelled."""
