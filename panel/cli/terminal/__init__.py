"""How a person on a terminal is answered: tables with heads, and moments by the clock on the wall."""
