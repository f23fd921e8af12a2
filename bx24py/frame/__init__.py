"""What the application's frame requests from the portal's page, and from its own."""
