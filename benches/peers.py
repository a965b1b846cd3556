"""Times SciPy and torchmetrics on the numbers of `cargo bench --bench metrics` and prints the ratios.

    cargo bench --bench metrics -- 2048 DATA > times.txt
    python benches/peers.py DATA < times.txt

DATA is a folder into which the benchmark writes its numbers; both sides read the same.
Needs numpy and scipy; with torch and torchmetrics their scores are timed too, where they have one.
SciPy's Fréchet distance is pytorch-fid's formula, with `scipy.linalg.sqrtm` of the product.
"""

import pathlib
import sys
import time

import numpy as np
from scipy import linalg, ndimage
from scipy.spatial.distance import cdist

try:
    import torch
    from torchmetrics.functional.image import structural_similarity_index_measure
    from torchmetrics.image.fid import _compute_fid
    from torchmetrics.image.kid import poly_mmd
except ImportError:
    torch = None

FOLDER = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "bench-data")


def numbers(seed, rows, dimensions):
    return np.load(FOLDER / f"{seed}_{rows}x{dimensions}.npy")


def moments(x):
    return x.mean(axis=0), np.cov(x, rowvar=False)


def frechet(a, b):
    (mu1, s1), (mu2, s2) = a, b
    root = linalg.sqrtm(s1 @ s2)
    return ((mu1 - mu2) ** 2).sum() + np.trace(s1) + np.trace(s2) - 2 * np.trace(root.real)


def kid(a, b):
    def kernel(x, y):
        return (x @ y.T / x.shape[1] + 1) ** 3

    n = len(a)
    within = sum((k.sum() - np.trace(k)) / (n * (n - 1)) for k in (kernel(a, a), kernel(b, b)))
    return within - 2 * kernel(a, b).mean()


def prdc(a, b, k=5):
    radii = [np.partition(cdist(x, x), k, axis=1)[:, k] for x in (a, b)]
    distance = cdist(a, b)
    inside = distance < radii[0][:, None]
    recall = (distance < radii[1][None, :]).any(axis=1).mean()
    return inside.any(axis=0).mean(), recall, inside.sum(axis=0).mean() / k, inside.any(axis=1).mean()


def swd(a, b, projections=100):
    directions = np.random.default_rng(0).standard_normal((a.shape[1], projections))
    directions /= np.linalg.norm(directions, axis=0)
    difference = np.sort(a @ directions, axis=0) - np.sort(b @ directions, axis=0)
    return np.sqrt((difference**2).mean())


def ssim(x, y):
    def blur(z):
        return ndimage.gaussian_filter(z, 1.5, truncate=3.5, mode="mirror", axes=(-2, -1))

    mx, my = blur(x), blur(y)
    vx, vy, vxy = blur(x * x) - mx * mx, blur(y * y) - my * my, blur(x * y) - mx * my
    top = (2 * mx * my + 1e-4) * (2 * vxy + 9e-4)
    return (top / ((mx * mx + my * my + 1e-4) * (vx + vy + 9e-4))).mean()


def scipy_work(name):
    kind, _, size = name.partition("_")
    if kind == "statistics":
        x = numbers(1, 1000, int(size.split("x")[1]))
        return lambda: moments(x)
    if kind == "frechet":
        a, b = (moments(numbers(seed, 1000, int(size))) for seed in (1, 2))
        return lambda: frechet(a, b)
    if kind == "ssim":
        x, y = (numbers(seed, 16, 3 * 64 * 64).reshape(16, 3, 64, 64) for seed in (1, 2))
        return lambda: ssim(x, y)
    a, b = numbers(1, 1000, 64), numbers(2, 1000, 64)
    return lambda: {"kid": kid, "prdc": prdc, "swd": swd}[kind](a, b)


def torchmetrics_work(name):
    """The same score in torchmetrics, on float64 tensors and as many threads as torch takes; None where it has none."""
    kind, _, size = name.partition("_")
    if torch is None:
        return None
    if kind == "frechet":
        a, b = (moments(numbers(seed, 1000, int(size))) for seed in (1, 2))
        tensors = [torch.from_numpy(part) for part in (*a, *b)]
        return lambda: float(_compute_fid(*tensors))
    if kind == "kid":
        a, b = (torch.from_numpy(numbers(seed, 1000, 64)) for seed in (1, 2))
        return lambda: float(poly_mmd(a, b, 3, 1.0 / a.shape[1], 1.0))
    if kind == "ssim":
        x, y = (torch.from_numpy(numbers(seed, 16, 3 * 64 * 64).reshape(16, 3, 64, 64)) for seed in (1, 2))
        return lambda: float(structural_similarity_index_measure(x, y, data_range=1.0))
    return None


def best(task, ours):
    times = []
    for _ in range(3 if ours < 5000 else 1):
        start = time.perf_counter()
        task()
        times.append((time.perf_counter() - start) * 1e3)
    return min(times)


def main():
    print(f"{'metric':<22}{'ours ms':>12}{'SciPy ms':>12}{'ours/SciPy':>12}{'torchmetrics ms':>17}{'ours/torchmetrics':>19}")
    for line in sys.stdin:
        name, _, ours = line.partition(" ")
        ours = float(ours)
        peer, other = best(scipy_work(name), ours), torchmetrics_work(name)
        row = f"{name:<22}{ours:>12.2f}{peer:>12.2f}{ours / peer:>12.2f}"
        if other is not None:
            other = best(other, ours)
            row += f"{other:>17.2f}{ours / other:>19.2f}"
        print(row, flush=True)


if __name__ == "__main__":
    main()
