"""Calls to the portal's REST interface."""
