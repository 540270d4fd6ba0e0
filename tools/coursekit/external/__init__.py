"""Addresses on other hosts: which there are, whether they still lead somewhere, and what is remembered of them.

`night.check_addresses` is the one way in. It is imported where it is needed and not here, since the HTTP client
takes longer to load than a small course takes to check.
"""
