//! Where particles go, state by state, as one tensor.

use burn::tensor::Tensor;

/// The places of all particles in every state.
#[derive(Debug, Clone)]
pub struct Trajectory {
    /// `[states, particles + launched, 2]`.
    places: Tensor<3>,
    launched: usize,
}

impl Trajectory {
    /// From the places in each state, `[(particles + launched) · 2]`; the launched ones come last.
    pub fn new(states: Vec<Tensor<1>>, launched: usize) -> Self {
        let row = |state: Tensor<1>| {
            let [numbers] = state.dims();
            state.reshape([1, numbers / 2, 2])
        };
        Self { places: Tensor::cat(states.into_iter().map(row).collect(), 0), launched }
    }

    /// Number of states.
    pub fn states(&self) -> usize {
        let [states, ..] = self.places.dims();
        states
    }

    /// Particles in a state, the launched ones included.
    pub fn count(&self) -> usize {
        let [_, count, _] = self.places.dims();
        count
    }

    /// Particles in a state without those launched by hand.
    pub fn particles(&self) -> usize {
        self.count() - self.launched
    }

    /// All places, state after state.
    pub fn flat(&self) -> Tensor<1> {
        self.places.clone().reshape([self.states() * self.count() * 2])
    }

    /// Of all places as numbers, where the particles end, without those launched by hand.
    pub fn ends<'a>(&self, places: &'a [f32]) -> &'a [f32] {
        let last = places.get(places.len().saturating_sub(2 * self.count())..).unwrap_or_default();
        last.get(..2 * self.particles()).unwrap_or_default()
    }

    /// Of all places as numbers, those of the particles launched by hand, in every state.
    pub fn launched(&self, places: &[f32]) -> Vec<f32> {
        let rows = places.chunks_exact((2 * self.count()).max(1));
        rows.flat_map(|row| row.iter().skip(2 * self.particles()).copied()).collect()
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;

    fn numbers(tensor: Tensor<1>) -> Vec<f32> {
        tensor.into_data().try_to_vec().unwrap()
    }

    fn trajectory(launched: usize) -> Trajectory {
        let state = |first: f32| {
            let values: Vec<f32> = (0..6).map(|k| first + k as f32).collect();
            Tensor::<1>::from_floats(values.as_slice(), &Device::flex())
        };
        Trajectory::new(vec![state(0.0), state(10.0)], launched)
    }

    #[test]
    fn what_the_page_needs_of_held_particles_is_a_part_of_all_places() {
        let two = trajectory(1);
        assert_eq!((two.states(), two.count(), two.particles()), (2, 3, 2));
        let all = numbers(two.flat());
        assert_eq!(all, [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 10.0, 11.0, 12.0, 13.0, 14.0, 15.0]);
        assert_eq!(two.ends(&all), [10.0, 11.0, 12.0, 13.0]);
        assert_eq!(two.launched(&all), [4.0, 5.0, 14.0, 15.0]);
        let none = trajectory(0);
        assert_eq!((none.launched(&all).len(), none.ends(&all)), (0, &all[6..]));
        assert!(two.ends(&[]).is_empty() && two.launched(&[]).is_empty());
    }
}
