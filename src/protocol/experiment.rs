//! A recorded experiment: what a command measured once and a lesson plots.

use serde::{Deserialize, Serialize};

/// A measured number and its 95 % confidence interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Where on the horizontal axis: a timestep, or a number of steps.
    pub x: f64,
    /// The number.
    pub value: f64,
    /// Lower end of the interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// One of the things that are compared: a schedule, or a sampler.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Subject {
    /// Its name on the command line, and of its strip of pictures, `NAME.png` in the folder of the experiment.
    pub name: String,
    /// Mean squared error of the network by timestep; empty where no network was trained.
    pub loss: Vec<Measured>,
    /// Fréchet distance to real pictures by number of steps.
    pub distance: Vec<Measured>,
    /// Evaluations of the network that a run of each of those numbers of steps costs.
    pub evaluations: Vec<u32>,
}

/// An experiment, as `noisewalk experiment` writes it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Experiment {
    /// The command that made it.
    pub command: String,
    /// Settings and costs, each with its name.
    pub facts: Vec<(String, String)>,
    /// Fréchet distance of two sets of real pictures as large as the sampled ones: no curve can be expected below.
    pub floor: f64,
    /// Number of steps behind each row of a strip.
    pub rows: Vec<u32>,
    /// Pictures a row, from the same noise in every row of every strip.
    pub columns: u32,
    /// What was compared.
    pub subjects: Vec<Subject>,
}

impl Experiment {
    /// The subject of a name.
    pub fn subject(&self, name: &str) -> Option<&Subject> {
        self.subjects.iter().find(|subject| subject.name == name)
    }
}
