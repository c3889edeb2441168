"""Files of an event: the list, and their bytes with headers that keep a browser from running them."""
