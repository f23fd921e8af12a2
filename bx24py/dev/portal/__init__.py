"""The emulated portal: REST server, portal page, and the server side of the wire between page and frames."""
