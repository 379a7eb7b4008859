"""Who may enter: accounts, logins, sessions, links, and the tokens of programs."""
