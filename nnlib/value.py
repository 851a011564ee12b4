"""Automatic differentiation of scalars: all of backpropagation on one page.

Every operation makes a new `Value`, which remembers the values it came from and, for each of
them, its own derivative with respect to it. `backward` visits the graph from the result to the
inputs and applies one rule: a child's gradient is *added* to by the parent's gradient times the
local derivative. Adding, because paths add; and because it adds, gradients accumulate from one
`backward` to the next until they are set to zero, as in PyTorch.

>>> x, w = Value(3.0), Value(2.0)
>>> loss = (x * w - 5.0) ** 2
>>> loss.backward()
>>> w.grad                                  # 2 (x·w - 5) · x
6.0
"""

from __future__ import annotations

import math


class Value:
    """A number that knows how it was computed, and ∂(result)/∂(itself) after `backward`."""

    def __init__(self, data: float, parents: tuple[tuple[Value, float], ...] = ()) -> None:
        """Keep the number and, for each parent, the pair (parent, ∂self/∂parent)."""
        self.data, self.grad, self.parents = data, 0.0, parents

    def __add__(self, other: Value | float) -> Value:
        other = as_value(other)
        return Value(self.data + other.data, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other: Value | float) -> Value:
        other = as_value(other)
        return Value(self.data * other.data, ((self, other.data), (other, self.data)))

    def __pow__(self, n: float) -> Value:
        if self.data < 0 and n != int(n):
            raise ValueError(f"{self.data:g} to the power {n:g} is no real number: use n whole")
        return Value(self.data**n, ((self, n * self.data ** (n - 1) if n else 0.0),))

    def tanh(self) -> Value:
        """Return tanh(x); its derivative is 1 - tanh²(x)."""
        t = math.tanh(self.data)
        return Value(t, ((self, 1 - t * t),))

    def exp(self) -> Value:
        """Return e^x, its own derivative."""
        e = math.exp(self.data)
        return Value(e, ((self, e),))

    def log(self) -> Value:
        """Return ln x, for x > 0; its derivative is 1/x."""
        return Value(math.log(self.data), ((self, 1 / self.data),))

    def relu(self) -> Value:
        """Return max(x, 0); its derivative at 0 is taken to be 0."""
        return Value(max(self.data, 0.0), ((self, float(self.data > 0)),))

    def backward(self) -> None:
        """Add ∂self/∂v to v.grad for every v that self was computed from."""
        flow = {self: 1.0}  # this pass's share: what earlier passes left must not flow again
        for value in reversed(topological_order(self)):
            value.grad += flow[value]
            for parent, slope in value.parents:
                flow[parent] = flow.get(parent, 0.0) + slope * flow[value]

    def __neg__(self) -> Value:
        return self * -1.0

    def __sub__(self, other: Value | float) -> Value:
        return self + -as_value(other)

    def __truediv__(self, other: Value | float) -> Value:
        return self * as_value(other) ** -1

    def __rsub__(self, other: float) -> Value:
        return as_value(other) - self

    def __rtruediv__(self, other: float) -> Value:
        return as_value(other) / self

    __radd__, __rmul__ = __add__, __mul__

    def __repr__(self) -> str:
        return f"Value({self.data:g}, grad={self.grad:g})"


def as_value(x: Value | float) -> Value:
    """Return x itself if it is a Value, else a Value without parents that holds it."""
    return x if isinstance(x, Value) else Value(float(x))


def topological_order(result: Value) -> list[Value]:
    """Every value that `result` was computed from, parents before children, `result` last.

    A stack of our own, not recursion: a chain of 1,000 steps would meet Python's limit.
    """
    order, seen, stack = [], set(), [(result, False)]
    while stack:
        value, parents_done = stack.pop()
        if parents_done:
            order.append(value)
        elif value not in seen:
            seen.add(value)
            stack.append((value, True))
            stack.extend((parent, False) for parent, _ in value.parents)
    return order
