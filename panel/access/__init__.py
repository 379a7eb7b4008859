"""Who may enter: accounts, their sessions, and the tokens of programs."""
