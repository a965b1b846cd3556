"""Times NumPy and SciPy on data of the same sizes as `cargo bench --bench metrics` and prints the ratios.

    cargo bench --bench metrics -- 2048 | python benches/peers.py

Needs numpy and scipy. The Fréchet distance is pytorch-fid's formula, with `scipy.linalg.sqrtm` of the product.
"""

import sys
import time

import numpy as np
from scipy import linalg, ndimage
from scipy.spatial.distance import cdist


def normal(seed, *shape):
    return np.random.default_rng(seed).standard_normal(shape)


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
    directions = normal(0, a.shape[1], projections)
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


def work(name):
    kind, _, size = name.partition("_")
    if kind == "statistics":
        x = normal(1, 1000, int(size.split("x")[1]))
        return lambda: moments(x)
    if kind == "frechet":
        a, b = (moments(normal(seed, 1000, int(size))) for seed in (1, 2))
        return lambda: frechet(a, b)
    if kind == "ssim":
        x, y = (normal(seed, 16, 3, 64, 64) for seed in (1, 2))
        return lambda: ssim(x, y)
    a, b = normal(1, 1000, 64), normal(2, 1000, 64)
    return lambda: {"kid": kid, "prdc": prdc, "swd": swd}[kind](a, b)


def main():
    print(f"{'metric':<22}{'ours ms':>12}{'peer ms':>12}{'ours / peer':>14}")
    for line in sys.stdin:
        name, _, ours = line.partition(" ")
        task = work(name)
        times = []
        for _ in range(3 if float(ours) < 5000 else 1):
            start = time.perf_counter()
            task()
            times.append((time.perf_counter() - start) * 1e3)
        peer = min(times)
        print(f"{name:<22}{float(ours):>12.2f}{peer:>12.2f}{float(ours) / peer:>14.2f}", flush=True)


if __name__ == "__main__":
    main()
