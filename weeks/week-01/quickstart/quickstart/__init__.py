"""A small code-base: images in, models trained, a question answered with numbers that can be checked."""
