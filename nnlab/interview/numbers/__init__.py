"""Questions with new numbers each time, by theme; how to write one: nnlab/interview/numeric.py."""
