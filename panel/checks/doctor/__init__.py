"""Everything that can be checked without a login and without mail, one finding each."""
