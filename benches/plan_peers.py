"""Times diffusers on the work of `cargo bench --bench plans` and prints the ratios.

    cargo bench --bench plans | python benches/plan_peers.py

Needs torch and diffusers (0.42); DPMSolverSDE also needs torchsde.
diffusers has no plan: its coefficients are computed inside `step`, so what is timed is `set_timesteps` and all steps on a state of one number,
with a network that answers 0 at once. Samplers that it does not have are left out.
"""

import sys
import time

import diffusers
import torch

CLASSES = {
    "ddpm": ("DDPMScheduler", {"clip_sample": False}),
    "ddim": ("DDIMScheduler", {"clip_sample": False}),
    "ddim-inverse": ("DDIMInverseScheduler", {"clip_sample": False}),
    "euler": ("EulerDiscreteScheduler", {}),
    "euler-ancestral": ("EulerAncestralDiscreteScheduler", {}),
    "heun": ("HeunDiscreteScheduler", {}),
    "dpm2": ("KDPM2DiscreteScheduler", {}),
    "dpm2-ancestral": ("KDPM2AncestralDiscreteScheduler", {}),
    "lms": ("LMSDiscreteScheduler", {}),
    "pndm": ("PNDMScheduler", {"skip_prk_steps": True}),
    "dpm-2m": ("DPMSolverMultistepScheduler", {"algorithm_type": "dpmsolver", "final_sigmas_type": "sigma_min"}),
    "dpm-2m-sde": ("DPMSolverMultistepScheduler", {"algorithm_type": "sde-dpmsolver", "final_sigmas_type": "sigma_min"}),
    "dpm-2s": ("DPMSolverSinglestepScheduler", {"algorithm_type": "dpmsolver", "final_sigmas_type": "sigma_min"}),
    "dpmpp-2m": ("DPMSolverMultistepScheduler", {}),
    "dpmpp-3m": ("DPMSolverMultistepScheduler", {"solver_order": 3}),
    "dpmpp-2m-sde": ("DPMSolverMultistepScheduler", {"algorithm_type": "sde-dpmsolver++"}),
    "dpmpp-3m-sde": ("DPMSolverMultistepScheduler", {"algorithm_type": "sde-dpmsolver++", "solver_order": 3}),
    "dpmpp-2s": ("DPMSolverSinglestepScheduler", {"lower_order_final": True}),
    "dpmpp-3s": ("DPMSolverSinglestepScheduler", {"solver_order": 3, "lower_order_final": True}),
    "dpmpp-2s-sde": ("DPMSolverSinglestepScheduler", {"algorithm_type": "sde-dpmsolver++", "lower_order_final": True}),
    "dpmpp-sde": ("DPMSolverSDEScheduler", {}),
    "deis": ("DEISMultistepScheduler", {}),
    "unipc": ("UniPCMultistepScheduler", {}),
    "sa-solver": ("SASolverScheduler", {}),
    "flow-euler": ("FlowMatchEulerDiscreteScheduler", {}),
    "flow-heun": ("FlowMatchHeunDiscreteScheduler", {}),
    "flow-stochastic": ("FlowMatchEulerDiscreteScheduler", {"stochastic_sampling": True}),
    "lcm": ("LCMScheduler", {}),
    "tcd": ("TCDScheduler", {}),
}


def run(name, steps):
    class_name, settings = CLASSES[name]
    if name in ("lcm", "tcd"):
        settings = {**settings, "original_inference_steps": max(50, steps)}
    scheduler = getattr(diffusers, class_name)(num_train_timesteps=2000, **settings)

    def work():
        scheduler.set_timesteps(steps)
        x, answer = torch.zeros(1, 1, 1, 1), torch.zeros(1, 1, 1, 1)
        for t in scheduler.timesteps:
            if hasattr(scheduler, "scale_model_input"):
                scheduler.scale_model_input(x, t)
            x = scheduler.step(answer, t, x).prev_sample

    return work


def main():
    torch.set_num_threads(1)
    print(f"{'plan':<24}{'steps':>6}{'ours ms':>12}{'peer ms':>12}{'peer / ours':>14}")
    for line in sys.stdin:
        name, _, ours = line.partition(" ")
        _, sampler, steps = name.split("_")
        if sampler not in CLASSES:
            continue
        task = run(sampler, int(steps))
        times = []
        for _ in range(3 if int(steps) < 1000 else 1):
            start = time.perf_counter()
            task()
            times.append((time.perf_counter() - start) * 1e3)
        peer = min(times)
        print(f"{sampler:<24}{steps:>6}{float(ours):>12.4f}{peer:>12.2f}{peer / float(ours):>14.0f}", flush=True)


if __name__ == "__main__":
    main()
