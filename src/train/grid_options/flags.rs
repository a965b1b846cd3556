//! Which of the flags were given, by the names people write.

use super::{GridArgs, SigmaArgs};

impl GridArgs {
    /// The flags given that say more than η and the spread of the timesteps.
    pub fn beyond_eta_and_spacing(&self) -> Vec<&'static str> {
        // Taken apart whole, so that a flag to come is not forgotten here.
        let Self {
            scheduler_config,
            eta: _,
            spacing: _,
            timestep_list,
            sigmas,
            sigma_list,
            space,
            sigma: SigmaArgs { sigma_min, sigma_max, rho, shift },
            mu,
            solver_order,
            final_sigmas,
            sde_eta,
            churn,
            variance,
            jump_length,
            jump_n_sample,
            clip,
            dynamic_threshold,
            sample_max_value,
            strength,
        } = self;
        let flags = [
            ("--scheduler-config", scheduler_config.is_some()),
            ("--timestep-list", timestep_list.is_some()),
            ("--sigmas", sigmas.is_some()),
            ("--sigma-list", sigma_list.is_some()),
            ("--space", space.is_some()),
            ("--sigma-min", sigma_min.is_some()),
            ("--sigma-max", sigma_max.is_some()),
            ("--rho", rho.is_some()),
            ("--shift", shift.is_some()),
            ("--mu", mu.is_some()),
            ("--solver-order", solver_order.is_some()),
            ("--final-sigmas", final_sigmas.is_some()),
            ("--sde-eta", sde_eta.is_some()),
            ("--churn", churn.is_some()),
            ("--variance", variance.is_some()),
            ("--jump-length", jump_length.is_some()),
            ("--jump-n-sample", jump_n_sample.is_some()),
            ("--clip", clip.is_some()),
            ("--dynamic-threshold", dynamic_threshold.is_some()),
            ("--sample-max-value", sample_max_value.is_some()),
            ("--strength", strength.is_some()),
        ];
        flags.into_iter().filter_map(|(flag, is_given)| is_given.then_some(flag)).collect()
    }
}
