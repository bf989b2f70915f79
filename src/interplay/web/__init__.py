"""A session in the browser, as it runs."""
