"""Access tokens for the mail server: how a grant is come by, kept, renewed and ended (OAuth 2.0)."""
