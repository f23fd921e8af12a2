"""What the application's frame asks of the portal's page, and of its own."""
