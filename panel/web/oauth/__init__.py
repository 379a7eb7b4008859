"""Signing in at the mail service with OAuth2: the form's part about it, and the ways there and back."""
