"""Delivery status notifications (RFC 3461, RFC 6533): the words by which a report of what became of mail is known."""
