"""Checks, converts and publishes a course in which students present papers and code."""
