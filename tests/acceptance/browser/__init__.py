"""Stories in a browser, against a real site and a real cluster."""
