"""GitHub, asked over its REST API: the comment under a pull request, the issue about dead links, what is published.

What is read there was written by strangers, and what is written there is shown to many: both are judged here.
"""
