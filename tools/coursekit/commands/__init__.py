"""The commands of `course`, one module for each group of them; they parse, call and print, nothing else."""
