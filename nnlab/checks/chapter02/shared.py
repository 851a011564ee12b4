"""What the exercises in counting share."""

WHOLE = {"rtol": 0.0, "atol": 0.4}  # whole numbers; what is off by a half is wrong
