"""The methods of REST 3.0, one module per scope; all others are METHODNOTFOUNDEXCEPTION."""

from bx24py.dev.portal.v3.method import merged
from bx24py.dev.portal.v3.methods import eventlog, general, humanresources, tasks, timeman

METHODS = merged([general.METHODS, tasks.METHODS, humanresources.METHODS, eventlog.METHODS, timeman.METHODS])
