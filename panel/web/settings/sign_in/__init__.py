"""The form's part about a login by OAuth2: what the service asks for, how to register there, who has signed in."""
