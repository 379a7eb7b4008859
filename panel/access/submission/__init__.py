"""Who may hand mail over, and how much: by SMTP from beyond this machine, and with a token that has limits."""
