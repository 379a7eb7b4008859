"""The processes: one that answers, workers that send, one that takes mail by SMTP, and who keeps them alive."""
