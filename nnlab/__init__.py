"""The course's machinery: exercise checks and interactive labs, on top of nnlib."""
