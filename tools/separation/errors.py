"""What can go wrong for a person, as opposed to a bug."""


class SeparationError(Exception):
    """Something that a person can mend; the message says what is wrong and what to do. The command prints it."""
