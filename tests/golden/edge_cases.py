"""The settings of the cases that `make_edges.py` makes."""

SPACES = {
    "DDPM": "abar", "DDIM": "abar", "PNDM": "abar", "LCM": "abar", "TCD": "abar", "UnCLIP": "abar", "IPNDM": "ipndm",
    "Euler": "ve", "Heun": "ve", "KDPM2": "ve", "LMS": "ve",
    "DPM": "vp_sigma", "UniPC": "vp_sigma", "DEIS": "vp_sigma", "SASolver": "vp_sigma",
    "FlowMatch": "flow", "EDM": "edm", "CosineDPM": "edm",
}
MODULES = {}
# Cases of old that tested nothing: their limits were as large as their numbers.
REPLACED = [
    "dpmsolvermultistep-linear-trailing-lu_lambdas-sde-dpmsolver-5",
    "lms-squaredcos_cap_v2-linspace-exponential-5",
]


def case(name, scheduler, prediction_type, steps, settings, set_timesteps=(), step_call=(), model="gmm_a"):
    space = next(space for start, space in SPACES.items() if scheduler.startswith(start))
    return {
        "id": name, "scheduler": f"{scheduler}Scheduler", "prediction_type": prediction_type, "steps": steps,
        "settings": settings, "set_timesteps": dict(set_timesteps), "step_call": dict(step_call), "model": model,
        "space": space,
    }


SCALED = {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012}
EPS, V, X0, FLOW = "epsilon", "v_prediction", "sample", "flow_prediction"

DIFFUSERS = [
    # A largest scale below 1.
    case("ddim-thresholding-below-one-4", "DDIM", EPS, 4,
         {"thresholding": True, "dynamic_thresholding_ratio": 0.8, "sample_max_value": 0.6, "clip_sample": False}),
    case("dpmsolvermultistep-thresholding-below-one-5", "DPMSolverMultistep", V, 5,
         {**SCALED, "thresholding": True, "dynamic_thresholding_ratio": 0.9, "sample_max_value": 0.4}),
    # Inversion whose estimates are clamped, the first one too.
    case("ddiminverse-clip_sample-leading-5", "DDIMInverse", EPS, 5, {"clip_sample": True, "clip_sample_range": 0.5}),
    case("ddiminverse-clip_sample-v_prediction-leading-4", "DDIMInverse", V, 4,
         {**SCALED, "clip_sample": True, "clip_sample_range": 0.6, "steps_offset": 1}, model="gauss_a"),
    case("ddiminverse-clip_sample-trailing-3", "DDIMInverse", EPS, 3,
         {"clip_sample": True, "clip_sample_range": 0.7, "timestep_spacing": "trailing"}),
    case("ddiminverse-clip_sample-v_prediction-trailing-zero-snr-4", "DDIMInverse", V, 4,
         {**SCALED, "clip_sample": True, "timestep_spacing": "trailing", "rescale_betas_zero_snr": True}),
    case("ddiminverse-clip_sample-sample-not-to-one-4", "DDIMInverse", X0, 4,
         {"beta_start": 0.004, "beta_end": 0.03, "clip_sample": True, "clip_sample_range": 0.4, "set_alpha_to_one": False}),
    # The noise held constant.
    case("unipcmultistep-noise-bh2-6", "UniPCMultistep", EPS, 6,
         {**SCALED, "predict_x0": False, "solver_order": 2, "final_sigmas_type": "sigma_min"}),
    case("unipcmultistep-noise-bh1-order-3-7", "UniPCMultistep", V, 7,
         {"predict_x0": False, "solver_order": 3, "solver_type": "bh1", "final_sigmas_type": "sigma_min"}),
    case("unipcmultistep-noise-thresholding-5", "UniPCMultistep", X0, 5,
         {**SCALED, "predict_x0": False, "thresholding": True, "sample_max_value": 1.0, "dynamic_thresholding_ratio": 0.5,
          "final_sigmas_type": "sigma_min"}),
    case("sasolver-noise_prediction-6", "SASolver", EPS, 6, {**SCALED, "algorithm_type": "noise_prediction"}),
    case("sasolver-noise_prediction-orders-3-4-7", "SASolver", V, 7,
         {"algorithm_type": "noise_prediction", "predictor_order": 3, "corrector_order": 4, "timestep_spacing": "trailing"}),
    # Orders beyond those of the papers.
    case("unipcmultistep-order-5-8", "UniPCMultistep", EPS, 8,
         {**SCALED, "solver_order": 5, "final_sigmas_type": "sigma_min"}),
    case("unipcmultistep-order-4-full-final-6", "UniPCMultistep", V, 6,
         {"solver_order": 4, "lower_order_final": False, "final_sigmas_type": "sigma_min"}),
    case("lms-order-6-7", "LMSDiscrete", EPS, 7, SCALED, step_call={"order": 6}),
    case("dpmsolvermultistep-sde-dpmsolver-order-3-of-2-steps", "DPMSolverMultistep", EPS, 2,
         {**SCALED, "algorithm_type": "sde-dpmsolver", "solver_order": 3, "final_sigmas_type": "sigma_min"}),
    case("dpmsolvermultistep-order-5-9", "DPMSolverMultistep", EPS, 9, {**SCALED, "solver_order": 5}),
    case("deismultistep-order-4-8", "DEISMultistep", EPS, 8, {**SCALED, "solver_order": 4}),
    # Churn of a flow.
    case("flowmatchheun-shift-churn-5", "FlowMatchHeunDiscrete", FLOW, 5, {"shift": 3.0},
         step_call={"s_churn": 2.0, "s_noise": 1.01}),
    case("flowmatchheun-shift-churn-window-4", "FlowMatchHeunDiscrete", FLOW, 4, {"shift": 0.6, "num_train_timesteps": 200},
         step_call={"s_churn": 9.0, "s_tmin": 0.2, "s_tmax": 0.8}),
    case("flowmatchheun-shift-1", "FlowMatchHeunDiscrete", FLOW, 1, {"shift": 2.0}, step_call={"s_churn": 0.5}),
    # As many steps as timesteps, or more.
    case("euler-karras-30-of-20", "EulerDiscrete", EPS, 30,
         {"num_train_timesteps": 20, "beta_start": 0.005, "beta_end": 0.4, "use_karras_sigmas": True}),
    case("heun-linspace-14-of-10", "HeunDiscrete", EPS, 14, {"num_train_timesteps": 10, "beta_start": 0.01, "beta_end": 0.6}),
    case("lms-exponential-12-of-8", "LMSDiscrete", EPS, 12,
         {"num_train_timesteps": 8, "beta_start": 0.02, "beta_end": 0.7, "use_exponential_sigmas": True}),
    case("dpmsolvermultistep-karras-20-of-20", "DPMSolverMultistep", V, 20,
         {"num_train_timesteps": 20, "beta_start": 0.005, "beta_end": 0.4, "use_karras_sigmas": True}),
    case("dpmsolvermultistep-lu_lambdas-16-of-12", "DPMSolverMultistep", EPS, 16,
         {"num_train_timesteps": 12, "beta_start": 0.01, "beta_end": 0.5, "use_lu_lambdas": True}),
    case("unipcmultistep-exponential-25-of-20", "UniPCMultistep", EPS, 25,
         {"num_train_timesteps": 20, "beta_start": 0.005, "beta_end": 0.4, "use_exponential_sigmas": True}),
    case("flowmatcheuler-12-of-8", "FlowMatchEulerDiscrete", FLOW, 12, {"num_train_timesteps": 8, "shift": 1.5}),
    # Timesteps between two.
    case("euler-timesteps-fractions-4", "EulerDiscrete", EPS, 4, SCALED, {"timesteps": [951.5, 602.25, 200.75, 7.5]}),
    case("heun-timesteps-fractions-3", "HeunDiscrete", V, 3, SCALED, {"timesteps": [833.4, 420.9, 12.3]}),
    case("flowmatcheuler-timesteps-fractions-3", "FlowMatchEulerDiscrete", FLOW, 3, {"shift": 2.0},
         {"timesteps": [990.5, 510.25, 99.5]}),
    # The ends of a family, and over how many timesteps steps are spread.
    case("euler-log_linear-karras-leading-5", "EulerDiscrete", EPS, 5,
         {**SCALED, "interpolation_type": "log_linear", "use_karras_sigmas": True, "timestep_spacing": "leading"}),
    case("euler-log_linear-exponential-trailing-4", "EulerDiscrete", V, 4,
         {**SCALED, "interpolation_type": "log_linear", "use_exponential_sigmas": True, "timestep_spacing": "trailing"}),
    case("euler-log_linear-beta-leading-1", "EulerDiscrete", EPS, 1,
         {**SCALED, "interpolation_type": "log_linear", "use_beta_sigmas": True, "timestep_spacing": "leading"}),
    case("heun-num_train_timesteps-leading-4", "HeunDiscrete", EPS, 4, {**SCALED, "timestep_spacing": "leading"},
         {"num_train_timesteps": 600}),
    case("kdpm2-num_train_timesteps-trailing-5", "KDPM2Discrete", EPS, 5, {**SCALED, "timestep_spacing": "trailing"},
         {"num_train_timesteps": 700}),
    case("kdpm2ancestral-num_train_timesteps-karras-4", "KDPM2AncestralDiscrete", EPS, 4,
         {**SCALED, "use_karras_sigmas": True}, {"num_train_timesteps": 500}),
    # Lists of distilled models that NumPy's floor rounds down.
    case("lcm-30-22", "LCM", EPS, 22, {"original_inference_steps": 30}),
    case("tcd-30-22", "TCD", V, 22, {"original_inference_steps": 30, "beta_schedule": "linear"}, (), {"eta": 1.0}),
    # Classes that are another's special case.
    case("unclip-fixed_small_log-5", "UnCLIP", EPS, 5, {"variance_type": "fixed_small_log", "num_train_timesteps": 200}),
    case("unclip-sample-no-clip-4", "UnCLIP", X0, 4,
         {"variance_type": "fixed_small_log", "clip_sample": False, "num_train_timesteps": 50}),
    # Sane forms of two cases whose numbers had run away.
    case("dpmsolvermultistep-linear-trailing-lu_lambdas-sde-dpmsolver-12", "DPMSolverMultistep", EPS, 12,
         {"num_train_timesteps": 50, "beta_start": 0.005, "beta_end": 0.05, "timestep_spacing": "trailing",
          "use_lu_lambdas": True, "algorithm_type": "sde-dpmsolver", "solver_order": 2, "lower_order_final": False,
          "euler_at_final": True, "final_sigmas_type": "sigma_min"}),
    case("lms-scaled_linear-linspace-exponential-5", "LMSDiscrete", EPS, 5,
         {**SCALED, "timestep_spacing": "linspace", "use_exponential_sigmas": True}),
]

ADAPTIVE = [
    {"id": "k-dpm_adaptive-eta-s_noise", "model": "gmm_a",
     "schedule": {"fn": "get_sigmas_exponential", "n": 4, "sigma_min": 0.1, "sigma_max": 1.5},
     "call": {"order": 3, "eta": 1.0, "s_noise": 0.98, "rtol": 0.05, "sigma_min": 0.05, "sigma_max": 10.0}},
    {"id": "k-dpm_adaptive-order-2-eta", "model": "gauss_a",
     "schedule": {"fn": "get_sigmas_exponential", "n": 4, "sigma_min": 0.1, "sigma_max": 1.5},
     "call": {"order": 2, "eta": 0.4, "pcoeff": 0.1, "rtol": 0.03, "sigma_min": 0.08, "sigma_max": 6.0}},
]
