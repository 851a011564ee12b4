"""Write torch_trajectories.json and torch_modules.json: what PyTorch computes, for our tests.

The tests read the two files and need no PyTorch. To make them again, with PyTorch installed:

    python tests/reference/make_torch_trajectories.py
"""

import json
import sys
from pathlib import Path

import torch
from torch import nn

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from oracles import DECAYED, START, STEPS, rosenbrock, rosenbrock_gradient  # noqa: E402

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)
MASK = torch.tensor(DECAYED)

SGD, ADAGRAD, RMSPROP = torch.optim.SGD, torch.optim.Adagrad, torch.optim.RMSprop
ADAM, ADAMW = torch.optim.Adam, torch.optim.AdamW
RUNS = {
    "sgd": (SGD, {"lr": 0.01}),
    "sgd_weight_decay": (SGD, {"lr": 0.01, "weight_decay": 0.3}),
    "momentum": (SGD, {"lr": 0.005, "momentum": 0.9}),
    "momentum_weight_decay": (SGD, {"lr": 0.005, "momentum": 0.8, "weight_decay": 0.3}),
    "nesterov": (SGD, {"lr": 0.005, "momentum": 0.9, "nesterov": True}),
    "nesterov_weight_decay": (
        SGD,
        {"lr": 0.005, "momentum": 0.8, "nesterov": True, "weight_decay": 0.3},
    ),
    "adagrad": (ADAGRAD, {"lr": 0.3}),
    "adagrad_eps": (ADAGRAD, {"lr": 0.3, "eps": 0.1}),
    "rmsprop": (RMSPROP, {"lr": 0.01}),
    "rmsprop_rho_eps": (RMSPROP, {"lr": 0.02, "alpha": 0.9, "eps": 0.01}),
    "adam": (ADAM, {"lr": 0.05}),
    "adam_betas_eps": (ADAM, {"lr": 0.05, "betas": (0.7, 0.95), "eps": 0.01}),
    "adam_weight_decay": (ADAM, {"lr": 0.05, "weight_decay": 0.3}),
    "adamw": (ADAMW, {"lr": 0.05}),
    "adamw_weight_decay": (ADAMW, {"lr": 0.05, "weight_decay": 0.3}),
}
MASKED = ("nesterov_weight_decay", "adam_weight_decay", "adamw_weight_decay")


def schedules(optimizer: torch.optim.Optimizer) -> dict:
    """Return PyTorch's schedules by name, as functions: each one changes the optimizer at once."""
    lr = torch.optim.lr_scheduler

    def cosine(steps: int, final: float) -> lr.CosineAnnealingLR:
        return lr.CosineAnnealingLR(optimizer, T_max=steps, eta_min=final)

    def linear(steps: int) -> lr.LinearLR:
        return lr.LinearLR(optimizer, start_factor=1 / steps, total_iters=steps - 1)

    return {
        "step_decay": lambda: lr.StepLR(optimizer, step_size=20),
        "step_decay_half": lambda: lr.StepLR(optimizer, step_size=7, gamma=0.5),
        "cosine": lambda: cosine(59, 0.0),
        "cosine_final": lambda: cosine(59, 0.01),
        "warmup": lambda: linear(10),
        "warmup_cosine": lambda: lr.SequentialLR(
            optimizer, [linear(10), cosine(49, 0.001)], milestones=[10]
        ),
        "inverse_time": lambda: lr.LambdaLR(optimizer, lambda t: 1 / (1 + 0.05 * t)),
    }


def path(make, arguments: dict, masked: bool = False, schedule: str | None = None) -> list:
    """Positions after each of STEPS steps down the Rosenbrock valley."""
    theta = torch.tensor(START)
    if masked:
        parts = [theta[MASK].requires_grad_(), theta[~MASK].requires_grad_()]
        groups = [{"params": [parts[0]]}, {"params": [parts[1]], "weight_decay": 0.0}]
    else:
        parts = [theta.requires_grad_()]
        groups = [{"params": parts}]
    optimizer = make(groups, **arguments)
    scheduler = schedules(optimizer)[schedule]() if schedule else None
    positions = []
    for _ in range(STEPS):
        gradient = torch.tensor(rosenbrock_gradient(joined(parts)))
        if masked:
            parts[0].grad, parts[1].grad = gradient[MASK], gradient[~MASK]
        else:
            parts[0].grad = gradient
        optimizer.step()
        if scheduler is not None:
            scheduler.step()
        positions.append(joined(parts))
    return positions


def joined(parts: list[torch.Tensor]) -> list[float]:
    """Put masked and other coordinates back in their places."""
    if len(parts) == 1:
        return parts[0].tolist()
    theta = torch.empty(len(DECAYED))
    theta[MASK], theta[~MASK] = parts[0].detach(), parts[1].detach()
    return theta.tolist()


def rates(schedule: str) -> list[float]:
    """Return the learning rate of the steps 0 ... STEPS - 1, starting from 0.2."""
    optimizer = SGD([torch.zeros(1, requires_grad=True)], lr=0.2)
    scheduler = schedules(optimizer)[schedule]()
    values = []
    for _ in range(STEPS):
        values.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return values


def clipped() -> list[dict]:
    """Cases of clip_grad_norm_ and clip_grad_value_, below, at and above the limit."""
    cases = []
    for scale, limit in ((1.0, 100.0), (1.0, 13.0), (1.0, 5.0), (1e6, 1.0), (0.0, 1.0)):
        gradient = torch.tensor([3.0, -4.0, 12.0, 0.0]) * scale
        by_norm, by_value = torch.zeros(4), torch.zeros(4)
        by_norm.grad, by_value.grad = gradient.clone(), gradient.clone()
        norm = nn.utils.clip_grad_norm_([by_norm], limit)
        nn.utils.clip_grad_value_([by_value], limit)
        cases.append(
            {
                "gradient": gradient.tolist(),
                "limit": limit,
                "norm": norm.item(),
                "by_norm": by_norm.grad.tolist(),
                "by_value": by_value.grad.tolist(),
            }
        )
    return cases


def trajectories() -> dict:
    """Everything that concerns optimizers."""
    theta = torch.tensor(START, requires_grad=True)
    rosenbrock(theta).backward()
    torch.testing.assert_close(theta.grad, torch.tensor(rosenbrock_gradient(START)))

    runs = {name: path(*run) for name, run in RUNS.items()}
    runs |= {f"{name}_masked": path(*RUNS[name], masked=True) for name in MASKED}
    runs["nesterov_step_decay_half"] = path(*RUNS["nesterov"], schedule="step_decay_half")
    runs["adamw_warmup_cosine"] = path(*RUNS["adamw_weight_decay"], schedule="warmup_cosine")
    names = schedules(SGD([torch.zeros(1)], lr=0.2))
    return {
        "torch": torch.__version__.split("+")[0],
        "start": START,
        "decayed": DECAYED,
        "runs": runs,
        "rates": {name: rates(name) for name in names},
        "clipped": clipped(),
    }


# losses and layers


def random(*shape: int, seed: int) -> torch.Tensor:
    """Return standard normal numbers, the same each time."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def loss_case(loss, z: torch.Tensor, y: torch.Tensor) -> dict:
    """Value and gradient of a loss with respect to the logits."""
    z = z.clone().requires_grad_()
    value = loss(z, y)
    value.backward()
    return {"z": z.tolist(), "y": y.tolist(), "value": value.item(), "dz": z.grad.tolist()}


def losses() -> dict:
    """Every loss on fixed random logits, some of them extreme."""
    z, y = random(6, 3, seed=1) * 2, random(6, 3, seed=2)
    bits = (random(6, 3, seed=3) > 0).double()
    soft = torch.rand(6, 3, generator=torch.Generator().manual_seed(4))
    extreme = torch.tensor([[40.0, -40.0, 800.0], [-800.0, 0.0, 1e-9]])
    extreme_bits = torch.tensor([[0.0, 1.0, 1.0], [0.0, 1.0, 0.0]])
    logits = random(6, 4, seed=5) * 3
    labels = torch.tensor([0, 3, 1, 1, 2, 3])
    probabilities = torch.softmax(random(6, 4, seed=6), dim=1)
    extreme_logits = torch.tensor([[800.0, -800.0, 0.0, 5.0], [0.0, 0.0, 0.0, -40.0]])
    weights = torch.tensor([0.5, 2.0, 1.0, 3.0])
    pos_weight = torch.tensor(2.5)
    weighted = {"weight": weights, "reduction": "sum"}  # we divide by m, PyTorch by sum(weights)
    bce, cross = nn.BCEWithLogitsLoss, nn.CrossEntropyLoss
    return {
        "mse": loss_case(nn.MSELoss(), z, y),
        "mae": loss_case(nn.L1Loss(), z, y),
        "huber": loss_case(nn.HuberLoss(), z, y),
        "huber_delta": loss_case(nn.HuberLoss(delta=0.4), z, y),
        "smooth_l1": loss_case(nn.SmoothL1Loss(beta=0.4), z, y),
        "log_loss": loss_case(bce(), z, bits),
        "log_loss_soft": loss_case(bce(), z, soft),
        "log_loss_extreme": loss_case(bce(), extreme, extreme_bits),
        "log_loss_pos_weight": loss_case(bce(pos_weight=pos_weight), z, bits),
        "log_loss_pos_weight_soft": loss_case(bce(pos_weight=pos_weight), z, soft),
        "cross_entropy": loss_case(cross(), logits, labels),
        "cross_entropy_soft": loss_case(cross(), logits, probabilities),
        "cross_entropy_extreme": loss_case(cross(), extreme_logits, torch.tensor([1, 3])),
        "cross_entropy_smoothing": loss_case(cross(label_smoothing=0.1), logits, labels),
        "cross_entropy_smoothing_soft": loss_case(
            cross(label_smoothing=0.1), logits, probabilities
        ),
        "cross_entropy_weights_sum": loss_case(cross(**weighted), logits, labels),
        "cross_entropy_weights_mean": loss_case(cross(weight=weights), logits, labels),
        "cross_entropy_weights_soft_sum": loss_case(cross(**weighted), logits, probabilities),
        "cross_entropy_weights_smoothing_sum": loss_case(
            cross(label_smoothing=0.1, **weighted), logits, labels
        ),
    }


def layer_case(layer: nn.Module, x: torch.Tensor, upstream: torch.Tensor) -> dict:
    """Output, and the gradients that a non-uniform upstream gradient sends back."""
    x = x.clone().requires_grad_()
    for parameter in layer.parameters():
        parameter.grad = None
    out = layer(x)
    out.backward(upstream)
    case = {
        "x": x.tolist(),
        "dz": upstream.tolist(),
        "out": out.tolist(),
        "dx": x.grad.tolist(),
    }
    for name, parameter in layer.named_parameters():
        case[name] = parameter.tolist()
        case[f"d{name}"] = parameter.grad.tolist()
    return case


def layers() -> dict:
    """Activations and normalisations, forward and backward."""
    x, upstream = random(5, 4, seed=11) * 2, random(5, 4, seed=12)
    gain, shift = random(4, seed=13), random(4, seed=14)

    linear = nn.Linear(4, 3)
    linear.weight.data, linear.bias.data = random(3, 4, seed=15), random(3, seed=16)
    layer_norm, batch_norm = nn.LayerNorm(4), nn.BatchNorm1d(4)
    for norm in (layer_norm, batch_norm):
        norm.weight.data, norm.bias.data = gain.clone(), shift.clone()

    cases = {
        "dense": layer_case(linear, x, random(5, 3, seed=17)),
        "sigmoid": layer_case(nn.Sigmoid(), x, upstream),
        "tanh": layer_case(nn.Tanh(), x, upstream),
        "relu": layer_case(nn.ReLU(), x, upstream),
        "leaky_relu": layer_case(nn.LeakyReLU(), x, upstream),
        "leaky_relu_slope": layer_case(nn.LeakyReLU(0.2), x, upstream),
        "gelu": layer_case(nn.GELU(approximate="tanh"), x, upstream),
        "layer_norm": layer_case(layer_norm, x, upstream),
        "batch_norm": layer_case(batch_norm, x, upstream),
    }
    for seed in (18, 19):
        batch_norm(random(5, 4, seed=seed) + seed)
    cases["batch_norm"] |= {
        "more": [(random(5, 4, seed=seed) + seed).tolist() for seed in (18, 19)],
        "running_mean": batch_norm.running_mean.tolist(),
        "running_var": batch_norm.running_var.tolist(),
    }
    cases["batch_norm_eval"] = layer_case(batch_norm.eval(), x, upstream)
    return cases


def training(net: nn.Sequential, loss, make, arguments: dict, X, y, batch: int) -> dict:
    """Train for 25 steps over consecutive batches; all that is needed to do it again."""
    for seed, parameter in enumerate(net.parameters(), start=31):
        parameter.data = random(*parameter.shape, seed=seed) * 0.7
    case = {"X": X.tolist(), "y": y.tolist(), "batch": batch, "losses": []}
    case["start"] = {name: p.tolist() for name, p in net.named_parameters()}
    optimizer = make(net.parameters(), **arguments)
    for step in range(25):
        rows = torch.arange(step * batch, (step + 1) * batch) % len(X)
        optimizer.zero_grad()
        value = loss(net(X[rows]), y[rows])
        value.backward()
        if step == 0:
            case["gradient"] = {name: p.grad.tolist() for name, p in net.named_parameters()}
        optimizer.step()
        case["losses"].append(value.item())
    case["end"] = {name: p.tolist() for name, p in net.named_parameters()}
    case["logits"] = net.eval()(X).tolist()
    return case


def networks() -> dict:
    """Two small networks in training, which between them meet most layers."""
    X = random(20, 4, seed=21)
    bits = (X[:, :1] * X[:, 1:2] + 0.3 * random(20, 1, seed=22) > 0).double()
    labels = (X[:, 0] > 0).long() + (X[:, 1] + X[:, 2] > 0.5).long()
    plain = nn.Sequential(nn.Linear(4, 6), nn.ReLU(), nn.Linear(6, 5), nn.Tanh(), nn.Linear(5, 1))
    normed = nn.Sequential(
        nn.Linear(4, 6),
        nn.BatchNorm1d(6),
        nn.LeakyReLU(0.1),
        nn.Linear(6, 5),
        nn.LayerNorm(5),
        nn.GELU(approximate="tanh"),
        nn.Linear(5, 3),
    )
    nesterov = {"lr": 0.1, "momentum": 0.9, "nesterov": True}
    smoothed = nn.CrossEntropyLoss(label_smoothing=0.1)
    return {
        "plain": training(plain, nn.BCEWithLogitsLoss(), ADAM, {"lr": 0.02}, X, bits, 8),
        "normed": training(normed, smoothed, SGD, nesterov, X, labels, 10),
    }


def modules() -> dict:
    """Everything that concerns losses, layers and networks."""
    return {
        "torch": torch.__version__.split("+")[0],
        "losses": losses(),
        "layers": layers(),
        "networks": networks(),
    }


def write(name: str, content: dict) -> None:
    """One entry a line: small, and a change can be read."""
    lines = [f"{json.dumps(key)}: {nested(value)}" for key, value in content.items()]
    (HERE / name).write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def nested(value) -> str:
    """JSON with the second level on lines of its own."""
    if not isinstance(value, dict):
        return json.dumps(value)
    return "{\n" + ",\n".join(f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in value.items()) + "}"


if __name__ == "__main__":
    write("torch_trajectories.json", trajectories())
    write("torch_modules.json", modules())
