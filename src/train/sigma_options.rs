//! What a family of σ is made from, on the command line.

use clap::Args;

/// The range and the shape of a family of σ; each family reads what concerns it.
#[derive(Debug, Clone, Default, Args)]
pub struct SigmaArgs {
    /// Smallest σ of the levels; that of the schedule where absent
    #[arg(long)]
    pub sigma_min: Option<f64>,
    /// Largest σ of the levels; that of the schedule where absent
    #[arg(long)]
    pub sigma_max: Option<f64>,
    /// ρ of Karras' and of polynomial exponential levels; 7 and 1 where absent
    #[arg(long)]
    pub rho: Option<f64>,
    /// Shift of flow matching towards noise
    #[arg(long)]
    pub shift: Option<f64>,
}

impl SigmaArgs {
    /// Whether none is given.
    pub fn is_empty(&self) -> bool {
        [self.sigma_min, self.sigma_max, self.rho, self.shift].iter().all(Option::is_none)
    }
}
