"""From a failure to what happened and what to do: the causes, the rules, and what a pasted text complains of."""
