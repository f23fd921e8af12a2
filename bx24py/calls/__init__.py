"""A call on its way: a future that is queued, paced, sent, answered, timed out or given up."""
