"""What tests share: servers, mail, moments, and the places of the project's files."""
