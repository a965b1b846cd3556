"""Adds cases to `edges/samplers.json`, computed with diffusers and k-diffusion.

    pip install torch diffusers k-diffusion scipy numpy
    python tests/golden/make_edges.py

Cases are made from the list in `edge_cases.py`; one whose id is there already is replaced, all others are kept.
Replaced in the libraries are the noise draws (a fixed list, in the order of drawing), the network (closed form) and, for the
float64 run, the words `float32` in a scheduler's source.
"""

import importlib
import importlib.util
import inspect
import json
import math
import pathlib
import random
import sys
import types
from unittest import mock

import numpy as np
import torch

import edge_cases

FILE = pathlib.Path(__file__).parent / "edges" / "samplers.json"
SHAPE = (1, 1, 2, 3)


def denoised(model, y, a, b):
    """E[x0 | a x0 + b eps = y] of an elementwise mixture, in float64."""
    y = y.to(torch.float64)
    logs, means = [], []
    for bump in model:
        v = a * a * bump["s"] ** 2 + b * b
        logs.append(math.log(bump["w"]) - 0.5 * math.log(v) - 0.5 * (y - a * bump["m"]) ** 2 / v)
        means.append(bump["m"] + a * bump["s"] ** 2 * (y - a * bump["m"]) / v)
    r = torch.softmax(torch.stack(logs), dim=0)
    return (r * torch.stack(means)).sum(dim=0)


def noise_of(model, y, a, b):
    y = y.to(torch.float64)
    logs, means = [], []
    for bump in model:
        v = a * a * bump["s"] ** 2 + b * b
        logs.append(math.log(bump["w"]) - 0.5 * math.log(v) - 0.5 * (y - a * bump["m"]) ** 2 / v)
        means.append(b * (y - a * bump["m"]) / v)
    r = torch.softmax(torch.stack(logs), dim=0)
    return (r * torch.stack(means)).sum(dim=0)


def network(model, kind, y, a, b, sigma, sigma_data):
    x0, eps = denoised(model, y, a, b), noise_of(model, y, a, b)
    if kind == "edm_raw":
        skip = sigma_data**2 / (sigma**2 + sigma_data**2)
        out = sigma * sigma_data / math.sqrt(sigma**2 + sigma_data**2)
        return (x0 - skip * y) / out
    return {"epsilon": eps, "sample": x0, "v_prediction": a * eps - b * x0, "flow_prediction": eps - x0}[kind]


def scheduler_class(name, double):
    """The class, or the class of the same source with float64 for float32."""
    import diffusers

    own = getattr(diffusers, name, None)
    if own is None:
        own = getattr(importlib.import_module(f"diffusers.schedulers.{edge_cases.MODULES[name]}"), name)
    source = inspect.getsource(sys.modules[own.__module__])
    source = source.replace("float32", "float64") if double else source
    module = types.ModuleType(own.__module__ + ("_f64" if double else "_f32"))
    module.__package__, module.__file__ = "diffusers.schedulers", own.__module__
    sys.modules[module.__name__] = module
    exec(compile(source, module.__name__, "exec"), module.__dict__)
    return module, getattr(module, name)


def level(scheduler, space, t):
    """(a, b) of the network and what the row calls it."""
    if space == "abar":
        abar = float(scheduler.alphas_cumprod[int(t)])
        return math.sqrt(abar), math.sqrt(1 - abar), {"abar": abar}
    if space == "ipndm":
        i = scheduler.step_index or 0
        a, b = float(scheduler.alphas[i]), float(scheduler.betas[i])
        return a, b, {"alpha": a, "sigma": b}
    index = scheduler.step_index
    if index is None:
        scheduler._init_step_index(t)
        index = scheduler.step_index
        scheduler._step_index = None
    first = getattr(scheduler, "state_in_first_order", True)
    sigmas = scheduler.sigmas if first or not hasattr(scheduler, "sigmas_interpol") else scheduler.sigmas_interpol
    sigma = float(sigmas[index])
    norm = math.sqrt(1 + sigma * sigma)
    a, b = {
        "ve": (1 / norm, sigma / norm),
        "vp_sigma": (1 / norm, sigma / norm),
        "flow": (1 - sigma, sigma),
        "edm": (1.0, sigma),
    }[space]
    return a, b, {"sigma": sigma}


def run(case, models, draws, unit, double):
    module, cls = scheduler_class(case["scheduler"], double)
    dtype = torch.float64 if double else torch.float32
    torch.set_default_dtype(dtype)
    used = []

    def fake(shape, *_, **__):
        used.append(len(used))
        return torch.tensor(draws[used[-1]], dtype=dtype).reshape(SHAPE)

    settings = dict(case["settings"])
    if case["prediction_type"] not in ("edm_raw", "ipndm") and "prediction_type" in inspect.signature(cls.__init__).parameters:
        settings["prediction_type"] = case["prediction_type"]
    module.randn_tensor = fake
    scheduler = cls(**settings)
    arguments = dict(case["set_timesteps"])
    given = "timesteps" in arguments or "sigmas" in arguments
    scheduler.set_timesteps(**arguments, **({} if given else {"num_inference_steps": case["steps"]}))
    x = torch.tensor(unit, dtype=dtype).reshape(SHAPE) * getattr(scheduler, "init_noise_sigma", 1.0)
    model, space, kind = models[case["model"]], case["space"], case["prediction_type"]
    start, rows, timesteps = x, [], list(scheduler.timesteps)
    for index, t in enumerate(timesteps):
        a, b, named = level(scheduler, space, t)
        y = scheduler.scale_model_input(x, t) if space in ("ve",) else x
        if space == "edm":
            scheduler.scale_model_input(x, t)
        raw = network(model, kind if kind != "ipndm" else "v_prediction", y, a, b, named.get("sigma"), settings.get("sigma_data", 0.5 if case["scheduler"].startswith("EDM") else 1.0))
        before = len(used)
        call = dict(case["step_call"])
        if case["scheduler"] == "UnCLIPScheduler" and index + 1 < len(timesteps):
            call["prev_timestep"] = timesteps[index + 1]
        x = scheduler.step(raw.to(dtype), t, x, **call).prev_sample
        row = {"t": float(t), **named}
        if len(used) > before:
            row["noise"] = used[before:]
        rows.append({**row, "x": x.flatten().tolist()})
    torch.set_default_dtype(torch.float32)
    sigmas = None if space in ("abar", "ipndm") else [float(s) for s in scheduler.sigmas]
    return start.flatten().tolist(), rows, sigmas, len(used)


def short(x):
    """The shortest decimal that reads back as the same float32."""
    return float(np.format_float_positional(np.float32(x), unique=True)) if abs(x) >= 1e-4 or x == 0 else float(f"{np.float32(x):.9g}")


def shorten(value):
    if isinstance(value, float):
        return short(value) if math.isfinite(value) else str(value)
    if isinstance(value, list):
        return [shorten(v) for v in value]
    return {k: shorten(v) for k, v in value.items()} if isinstance(value, dict) else value


def diffusers_case(case, models):
    rng = random.Random(case["id"])
    unit = [round(rng.gauss(0, 1), 3) for _ in range(6)]
    draws = [[round(rng.gauss(0, 1), 3) for _ in range(6)] for _ in range(4 * case["steps"] + 4)]
    start, rows, sigmas, used = run(case, models, draws, unit, False)
    _, rows64, _, _ = run(case, models, draws, unit, True)
    flat = lambda rows: np.array([row["x"] for row in rows])
    gap, last = np.abs(flat(rows) - flat(rows64)).max(), np.abs(flat(rows)[-1] - flat(rows64)[-1]).max()
    # Four times the measured gap, as everywhere; a case whose gap says that nothing is tested is refused.
    limits = {"abs": max(2e-5, 4 * last), "abs_trace": max(2e-5, 4 * gap)}
    size = np.abs(flat(rows64)).max()
    assert np.isfinite(size) and limits["abs"] < 1e-3 and limits["abs_trace"] < 1e-3 * max(1, size), (case["id"], limits, size)
    expected = {"x_start": start, "timesteps": [row["t"] for row in rows]}
    if sigmas is not None:
        expected["sigmas"] = sigmas
    expected["trace"] = rows
    inputs = {key: case[key] for key in ("scheduler", "settings", "prediction_type", "steps", "set_timesteps", "step_call")}
    inputs |= {"shape": list(SHAPE), "model": case["model"], "space": case["space"], "defaults_used": {}}
    inputs |= {"x_init_unit": unit, "noise": draws[:used]}
    import diffusers

    source = f"diffusers {diffusers.__version__} {case['scheduler']}.set_timesteps/scale_model_input/step"
    expected = shorten(expected) | {"final_f64": rows64[-1]["x"]}
    return {"id": case["id"], "source": source, "dtype": "float32", "tolerance": limits, "inputs": inputs, "expected": expected}


def k_diffusion_module():
    """k_diffusion.sampling without the training parts of its package, whose dependencies sampling does not use."""
    folder = pathlib.Path(importlib.util.find_spec("k_diffusion").origin).parent
    package = types.ModuleType("k_parts")
    package.__path__ = [str(folder)]
    sys.modules["k_parts"], sys.modules["k_parts.utils"] = package, mock.MagicMock(append_dims=lambda x, n: x[(...,) + (None,) * (n - x.ndim)])
    return importlib.import_module("k_parts.sampling")


def adaptive_case(case, models):
    sampling = k_diffusion_module()
    rng = random.Random(case["id"])
    unit = [round(rng.gauss(0, 1), 3) for _ in range(6)]
    draws = [[round(rng.gauss(0, 1), 3) for _ in range(6)] for _ in range(40)]
    torch.set_default_dtype(torch.float64)
    model, used, calls = models[case["model"]], [], []

    def answer(x, sigma, **_):
        calls.append(float(sigma[0]))
        return denoised(model, x, 1.0, float(sigma[0]))

    def noise(*_):
        used.append(len(used))
        return torch.tensor(draws[used[-1]]).reshape(SHAPE)

    x = torch.tensor(unit).reshape(SHAPE) * case["call"]["sigma_max"]
    final, info = sampling.sample_dpm_adaptive(answer, x, disable=True, noise_sampler=noise, return_info=True, **case["call"])
    torch.set_default_dtype(torch.float32)
    inputs = {"sampler": "sample_dpm_adaptive", "schedule": case["schedule"], "call": case["call"], "shape": list(SHAPE)}
    inputs |= {"model": case["model"], "space": "edm", "x_init_unit": unit, "noise": draws[: len(used)]}
    expected = {"info": info, "x_start": x.flatten().tolist(), "model_calls": len(calls), "final": final.flatten().tolist()}
    source = "k-diffusion 0.1.1.post1 k_diffusion.sampling.sample_dpm_adaptive"
    return {"id": case["id"], "source": source, "dtype": "float64", "tolerance": {"abs": 1e-7}, "inputs": inputs, "expected": expected}


def main():
    document = json.loads(FILE.read_text())
    made = {}
    for case in edge_cases.DIFFUSERS + edge_cases.ADAPTIVE:
        make = diffusers_case if "scheduler" in case else adaptive_case
        try:
            made[case["id"]] = make(case, document["models"])
        except Exception as error:
            sys.exit(f"{case['id']}: {error!r}") if "--strict" in sys.argv else print(case["id"], repr(error))
    gone = set(made) | set(edge_cases.REPLACED)
    cases = [case for case in document["cases"] if case["id"] not in gone] + list(made.values())
    document |= {"n_cases": len(cases), "cases": cases}
    head = {key: value for key, value in document.items() if key != "cases"}
    lines = ",\n".join(json.dumps(case) for case in cases)
    FILE.write_text(json.dumps(head)[:-1] + ', "cases": [\n' + lines + "\n]}\n")
    print(f"{len(made)} made, {len(cases)} in all")


if __name__ == "__main__":
    main()
