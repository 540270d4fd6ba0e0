"""What a file should look like where nothing hangs on it: each family says what is untidy and gives it tidied.

A family is a pure function of a path and its bytes. It reports exactly what it takes away, so that a finding
of these rules and the mend that answers it can never differ. It leaves alone whatever it is not sure of.
"""
