"""The pages of the diagnosis: findings, pasted replies, causes."""
