"""Graphs of numbers: paths add, gradients accumulate, an engine is a page of code."""

from __future__ import annotations

import math

from nnlab.checks.spec import Exercise, draw

# graph_by_hand


def graph_worked_out():
    """c = 2·(-3), d = -6 - 3, L = (-6)·(-9); then back: dd, dc by two paths, db by two, da."""
    return {"c": -6, "d": -9, "L": 54, "dd": -6, "dc": -15, "db": -36, "da": 45}


def last_path_replaces_the_first():
    """You kept only the path you met last. c reaches L directly and through d, b through c and
    through d: what comes back along the paths is added.
    """
    return graph_worked_out() | {"dc": -6, "db": -6, "da": 18}


def direct_path_is_the_whole_slope():
    """Your dc is ∂L/∂c with d held still. But d = c + b moves with c: add the path through d to
    the direct one.
    """
    return graph_worked_out() | {"dc": -9, "db": -24, "da": 27}


def product_hands_back_its_own_value():
    """In a product you multiplied by the number's own value. ∂(c·d)/∂c is d: each factor gets
    the *other* one.
    """
    return graph_worked_out() | {"dd": -9, "dc": -15, "db": 36, "da": -30}


def sum_shares_its_gradient_out():
    """You split what arrives at d = c + b between c and b. A sum hands the whole of it to each:
    both slopes are 1.
    """
    return graph_worked_out() | {"dc": -12, "db": -27, "da": 36}


graph_by_hand = Exercise(
    id="graph_by_hand",
    kind="compute",
    difficulty=1,
    minutes=4,
    oracle=graph_worked_out,
    mistakes=(
        last_path_replaces_the_first,
        direct_path_is_the_whole_slope,
        product_hands_back_its_own_value,
        sum_shares_its_gradient_out,
    ),
    hints=(
        "Go backwards through the three lines: L = c·d first, then d = c + b, then c = a·b.",
        "A number that is used twice gets two contributions. c is used in L and in d; b in d and "
        "in c.",
        "dd = c. dc = d + dd·1. db = dd·1 + dc·a. da = dc·b.",
    ),
    insight="Backwards, each line hands on: a sum the gradient itself, a product times the other.\n"
    "Used twice means added twice: that one rule becomes weight sharing, batches, recurrence.",
)

# second_backward


def second_by_the_rule():
    """One pass gives 2 (x w - 5) x = 6. Two passes without zeroing: 12. From zero again: 6."""
    return {"second": 12, "third": 6}


def backward_overwrites():
    """You have the second call replace the first one's result. This engine, like PyTorch, *adds*
    to .grad: 6 + 6.
    """
    return {"second": 6, "third": 6}


def graph_remembers_every_pass():
    """Right for the second call. Then w.grad was set to 0, and that is the only memory of what
    came before: the third call adds 6 to 0.
    """
    return {"second": 12, "third": 18}


def old_gradients_flow_too():
    """You let the values in between hand on what an earlier call had left in them. Engines written
    in an evening do that; this one keeps each call's flow apart and only adds the result.
    """
    return {"second": 24, "third": 36}


def used_graph_gives_nothing():
    """You have the later calls give nothing. PyTorch would refuse a second backward without
    retain_graph, to save memory; this engine keeps the graph, so the call counts again.
    """
    return {"second": 6, "third": 0}


second_backward = Exercise(
    id="second_backward",
    kind="predict",
    difficulty=1,
    minutes=3,
    oracle=second_by_the_rule,
    mistakes=(
        backward_overwrites,
        graph_remembers_every_pass,
        old_gradients_flow_too,
        used_graph_gives_nothing,
    ),
    hints=(
        "By hand, one pass: ∂(xw - 5)²/∂w = 2 (xw - 5) x at w = 2, x = 3.",
        "backward adds to .grad. Who sets .grad back to 0, and when?",
        "One pass is worth 6. Before the second call w.grad is 6, before the third it is 0.",
    ),
    insight="Accumulating is a feature: two losses, or two micro-batches, add up without extra "
    "code.\n"
    "The price is zero_grad: without it each step uses the sum of all gradients since the start.",
)

# topological_order


def graph_cases(rng):
    """Diamonds with legs of unequal length, values off the path, dictionaries in any order."""
    yield {"b": [], "ab": ["a", "b"], "a": []}, "ab"
    yield {"a": [], "loss": ["d", "f"], "d": ["a"], "f": ["e", "a"], "e": ["d"]}, "loss"
    yield {"z": ["q", "w"], "p": ["z"], "q": ["r"], "w": [], "log": ["p"], "r": ["w"]}, "p"
    ladder = {f"s{i}": [f"s{i - 1}"] * 2 for i in (*range(1, 10, 2), *range(2, 10, 2))} | {"s0": []}
    yield ladder, "s9"


def use_the_order(answer, parents, result):
    """In your list, the check counts for each value how many of its parents stand before it, and
    how long the list is.
    """
    order = answer(dict(parents), result)
    if not isinstance(order, (list, tuple)) or not set(order) <= parents.keys():
        raise TypeError(f"wanted a list of the dictionary's names, got {order!r}"[:200])
    before = {value: set(order[: order.index(value)]) & set(parents[value]) for value in order}
    return counted(before) | {"its length": len(order)}


def every_parent_before(parents, result):
    """Say how it is in any right order: all parents before the value, each value once."""
    within = {value: set(parents[value]) for value in family(parents, result)}
    return counted(within) | {"its length": len(within)}


def counted(sets):
    """Return the sizes."""
    return {value: len(those) for value, those in sets.items()}


def family(parents, value):
    """Return the value and everything it was computed from, in no order."""
    return {value}.union(*(family(parents, parent) for parent in parents[value]))


def every_path_is_a_visit(parents, result):
    """You list a value once for each path that leads to it. Keep a set of those already listed:
    otherwise a graph of n doublings takes 2ⁿ visits.
    """

    def visit(value):
        return [x for parent in parents[value] for x in visit(parent)] + [value]

    return visit(result)


def nearest_comes_last(parents, result):
    """You went level by level, away from the result. A value used both near it and far from it is
    then met too early, before all that it feeds: go deep first, and list it on the way back.
    """
    order = [result]
    for value in order:
        order += [p for p in dict.fromkeys(parents[value]) if p not in order]
    return order[::-1]


def listed_on_arrival(parents, result):
    """You list a value when you first meet it. It may stand in the list only after all its
    parents do: append it when you come back from them.
    """
    order = []

    def visit(value):
        if value not in order:
            order.append(value)
            for parent in parents[value]:
                visit(parent)

    visit(result)
    return order[::-1]


def result_comes_first(parents, result):
    """Your list begins with the result. Inputs first was asked; backward turns it round itself."""
    order = []

    def visit(value):
        if value not in order:
            for parent in parents[value]:
                visit(parent)
            order.append(value)

    visit(result)
    return order[::-1]


def dictionary_is_in_order(parents, result):
    """You took the order of the dictionary. It is in the order of creation only if somebody built
    it so; nothing here promises that.
    """
    return [value for value in parents if value in family(parents, result)]


def everything_belongs_to_it(parents, result):
    """Your list has values that the result was not computed from. Start at the result and go to
    parents only: the rest gets no gradient.
    """
    order = []
    while len(order) < len(parents):
        order += [v for v in parents if v not in order and set(parents[v]) <= set(order)]
    return order


topological_order = Exercise(
    id="topological_order",
    kind="code",
    difficulty=2,
    minutes=8,
    cases=graph_cases,
    drive=use_the_order,
    oracle=every_parent_before,
    returns=("your list",),
    mistakes=(
        every_path_is_a_visit,
        nearest_comes_last,
        listed_on_arrival,
        result_comes_first,
        dictionary_is_in_order,
        everything_belongs_to_it,
    ),
    hints=(
        "When may a value be listed? When all of its parents are.",
        "Depth first: visit(value) visits its parents, and then appends the value. Start with the "
        "result.",
        "A set of the visited stops you from entering a value twice. Add to it on entering, "
        "append to the list on leaving.",
    ),
    insight="Backwards in this order, a value hands on its gradient only once it is complete.\n"
    "n values, each visited once: without it a chain of n doublings would take 2ⁿ steps.",
)

# tiny_value


def doubled(value, times):
    """Add the value to itself, again and again: 2^times paths through `times` sums."""
    for _ in range(times):
        value = value + value
    return value


def results_of(expression, a, b):
    """Return the values that the expression stands for, as a list."""
    code = compile(expression, "expression", "eval")
    value = eval(code, {"a": a, "b": b, "doubled": doubled})
    return value if isinstance(value, list) else [value]


def expression_cases(rng):
    """Every operation alone; values used twice, near and far; two results over one graph."""
    for expression in (
        "a * b + a",
        "(a * b + b).tanh() * a",
        "a + a * a",
        "(c := a * b) * ((d := c + b).tanh() * d) + c",
        "[(c := a * b + a).tanh(), c * c]",
        "[c := (a + b) * a, c]",
        "doubled(a * b, 40) * b",
    ):
        a, b = draw(rng, 2) / 2
        yield expression, float(a), float(b)


def use_the_class(Value, expression, a, b):
    """(a and b become Value(a) and Value(b). backward() is called on the expression, or on each
    result in the list. doubled(x, n) is x + x, n times over.)
    """
    a, b = Value(a), Value(b)
    results = results_of(expression, a, b)
    for result in results:
        result.backward()
    return results[-1].data, a.grad, b.grad


class Dual:
    """A number and its slope in one direction: forward mode, which knows no graph."""

    def __init__(self, data, slope):
        """Keep both."""
        self.data, self.slope = data, slope

    def __add__(self, other):
        return Dual(self.data + other.data, self.slope + other.slope)

    def __mul__(self, other):
        return Dual(self.data * other.data, self.slope * other.data + self.data * other.slope)

    def tanh(self):
        """Return tanh with slope / cosh²."""
        return Dual(math.tanh(self.data), self.slope / math.cosh(self.data) ** 2)


def forward_mode(expression, a, b):
    """Run the expression once for each input; gradients of several results add."""
    by_a = results_of(expression, Dual(a, 1.0), Dual(b, 0.0))
    by_b = results_of(expression, Dual(a, 0.0), Dual(b, 1.0))
    return by_a[-1].data, sum(r.slope for r in by_a), sum(r.slope for r in by_b)


class Number:
    """What the wrong classes below have in common; each changes one thing."""

    def __init__(self, data, parents=()):
        """Keep the number and, for each parent, (parent, slope)."""
        self.data, self.grad, self.parents = data, 0.0, parents

    def __add__(self, other):
        return type(self)(self.data + other.data, ((self, 1.0), (other, 1.0)))

    def __mul__(self, other):
        return type(self)(self.data * other.data, ((self, other.data), (other, self.data)))

    def tanh(self):
        """Return tanh(x)."""
        t = math.tanh(self.data)
        return type(self)(t, ((self, 1 - t * t),))

    def outwards(self):
        """Return the values from the result to the inputs, none before all that it feeds."""
        order, seen = [], set()

        def visit(value):
            if value not in seen:
                seen.add(value)
                for parent, _ in value.parents:
                    visit(parent)
                order.append(value)

        visit(self)
        return order[::-1]

    def backward(self):
        """Let this call's flow run through the graph, and add it up in grad."""
        flow = {self: 1.0}
        for value in self.outwards():
            value.grad += flow[value]
            for parent, slope in value.parents:
                flow[parent] = flow.get(parent, 0.0) + slope * flow[value]


class LastPathWins(Number):
    """A value that is used twice gets only one of its two contributions: `=` where `+=` belongs.
    Paths add, also from one backward to the next.
    """

    def backward(self):
        """Assign."""
        self.grad = 1.0
        for value in self.outwards():
            for parent, slope in value.parents:
                parent.grad = slope * value.grad


class ProductHandsBackItsOwnFactor(Number):
    """In a product you hand each factor its own value. ∂(ab)/∂a is b: each gets the *other* one's
    data.
    """

    def __mul__(self, other):
        return type(self)(self.data * other.data, ((self, self.data), (other, other.data)))


class TanhSlopeOfTheInput(Number):
    """Your tanh has the slope 1 - x², made of its input. It is 1 - t² with t = tanh(x), the
    output.
    """

    def tanh(self):
        """Return tanh(x), with a wrong slope."""
        return type(self)(math.tanh(self.data), ((self, 1 - self.data**2),))


class BreadthFirstWillDo(Number):
    """You go through the graph level by level. A value used near the result and also further off
    then hands its gradient on before it is complete: go in reverse topological order.
    """

    def outwards(self):
        """Return the values by their distance from the result."""
        order = [self]
        for value in order:
            order += [p for p in dict.fromkeys(p for p, _ in value.parents) if p not in order]
        return order


class EachValueHandsOnWhenFirstMet(Number):
    """You hand a value's gradient on as soon as you meet the value, and then go deeper. If another
    path leads to it, its gradient isn't complete yet: first find an order, inputs first, then go
    through it from the end.
    """

    def backward(self):
        """Hand on and go deeper, parent by parent."""
        self.grad, seen = 1.0, set()

        def visit(value):
            if value not in seen:
                seen.add(value)
                for parent, slope in value.parents:
                    parent.grad += slope * value.grad
                    visit(parent)

        visit(self)


class OldGradientsFlowAgain(Number):
    """One backward is right. After a second one over shared values too much has arrived: what an
    earlier call left in grad was handed on again. Keep each call's flow apart, and add it to grad.
    """

    def backward(self):
        """Hand on grad itself."""
        self.grad = 1.0
        for value in self.outwards():
            for parent, slope in value.parents:
                parent.grad += slope * value.grad


tiny_value = Exercise(
    id="tiny_value",
    kind="code",
    difficulty=3,
    minutes=15,
    cases=expression_cases,
    drive=use_the_class,
    oracle=forward_mode,
    returns=("data", "a.grad", "b.grad"),
    mistakes=(
        LastPathWins,
        ProductHandsBackItsOwnFactor,
        TanhSlopeOfTheInput,
        BreadthFirstWillDo,
        EachValueHandsOnWhenFirstMet,
        OldGradientsFlowAgain,
    ),
    hints=(
        "Each operation returns a new Value with the pairs (parent, slope of the result by that "
        "parent): for a sum the slopes are 1 and 1.",
        "A product: (self, other.data) and (other, self.data). tanh: one pair, slope 1 - t².",
        "backward: bring the values in topological order, as in the exercise before, and go "
        "through it from the end.",
        "Keep flow = {self: 1.0}. For each value: value.grad += flow[value]; then for each of its "
        "parents flow[parent] = flow.get(parent, 0.0) + slope * flow[value].",
    ),
    insight="An engine is two ideas: each operation knows its own slope, and paths add.\n"
    "This class is PyTorch in small: define by run, reverse order, gradients that accumulate.",
    seconds=2.0,
)
