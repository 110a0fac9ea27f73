"""What the first word of the command line can be; anything else is a file for the window."""

COMMANDS = ("fuse", "score", "register", "info", "methods", "sample", "deidentify", "pacs")
