"""`python -m separation`, for machines where nothing can be installed."""

from separation.cli import main

if __name__ == "__main__":  # processes that make speech import this module, too
    main(prog_name="separation")
