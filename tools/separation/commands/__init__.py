"""What `separation` can be told to do, one module for each kind of work. torch is imported by the functions that need it."""
