"""Set up an application's outgoing mail, prove that it works, and send at the pace its mail server allows."""
