"""What mail servers say about the server that they hand mail to, of their own: one file for each few of them."""
