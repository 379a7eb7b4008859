"""Who may hand mail over by SMTP from beyond this machine, and what is asked of them."""
