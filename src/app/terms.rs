//! The glossary: every symbol once, with its role (its colour) and one sentence.

/// A role: what a colour means everywhere on the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The clean picture.
    Data,
    /// Noise.
    Noise,
    /// The state between the two.
    State,
    /// What the network says.
    Prediction,
    /// Words of a prompt.
    Words,
    /// Guidance.
    Guidance,
    /// Weights of a network.
    Weights,
    /// Nothing of these.
    Plain,
}

impl Role {
    /// The class that colours it.
    pub fn class(self) -> &'static str {
        match self {
            Self::Data => "role-data",
            Self::Noise => "role-noise",
            Self::State => "role-state",
            Self::Prediction => "role-prediction",
            Self::Words => "role-words",
            Self::Guidance => "role-guidance",
            Self::Weights => "role-weights",
            Self::Plain => "role-plain",
        }
    }
}

/// A term of the glossary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// Its link id: letters and digits only.
    pub id: &'static str,
    /// Its colour.
    pub role: Role,
    /// As it is written.
    pub symbol: &'static str,
    /// One sentence.
    pub gloss: &'static str,
}

const fn term(id: &'static str, role: Role, symbol: &'static str, gloss: &'static str) -> Term {
    Term { id, role, symbol, gloss }
}

/// The whole glossary.
pub const TERMS: &[Term] = &[
    term("x0", Role::Data, "x₀", "the clean picture: numbers from −1 (dark) to 1 (bright), three for each pixel."),
    term("eps", Role::Noise, "ε", "noise: for each number of the picture one draw from the bell curve N(0, 1)."),
    term("xt", Role::State, "x_t", "the state at timestep t: a mix of picture and noise, and all the sampler keeps."),
    term("x0hat", Role::Prediction, "x̂₀", "the network's estimate of the clean picture, from the state alone."),
    term("epshat", Role::Prediction, "ε̂", "the network's estimate of the noise in the state."),
    term("t", Role::Plain, "t", "the timestep: T − 1 is pure noise, 0 is almost the picture."),
    term("alpha", Role::Data, "√ᾱ_t", "the share of the picture left in the state at timestep t."),
    term("sigma", Role::Noise, "√(1 − ᾱ_t)", "the share of noise in the state at timestep t."),
    term("snr", Role::Plain, "SNR", "signal to noise: ᾱ_t / (1 − ᾱ_t)."),
    term("beta", Role::Noise, "β_t", "the variance of the noise that one forward step adds."),
    term("xnext", Role::State, "x_next", "the state after the step: the next network call sees this."),
    term("update", Role::Plain, "x_next − x_t", "what one step changes."),
    term("a", Role::State, "a", "the factor of the state in one update."),
    term("b", Role::Prediction, "b", "the factor of the predicted picture in one update."),
    term("e", Role::Noise, "e", "the size of the fresh noise in one update."),
    term("z", Role::Noise, "z", "fresh noise, drawn anew in each step of a stochastic sampler."),
    term("eta", Role::Noise, "η", "how much fresh noise DDIM adds: 0 none, 1 as much as DDPM."),
    term(
        "seed",
        Role::Plain,
        "seed",
        "the number that fixes every draw of noise: same seed, same picture, everywhere.",
    ),
    term(
        "network",
        Role::Weights,
        "network",
        "the U-Net: from a state and its timestep it estimates v, a mix from which both picture and noise follow.",
    ),
    term("prompt", Role::Words, "prompt", "the text that says what the picture should show."),
    term("token", Role::Words, "token", "a word or mark of the prompt as the model knows it: a number in a list."),
    term(
        "attention",
        Role::Words,
        "attention",
        "cross-attention: how much each place of the picture listens to each word, in shares that add up to 1.",
    ),
    term(
        "epsuncond",
        Role::Prediction,
        "ε_∅",
        "the network's estimate of the noise without the prompt, or with the negative one.",
    ),
    term("epscond", Role::Prediction, "ε_c", "the network's estimate of the noise with the prompt."),
    term("epsguided", Role::Prediction, "ε_w", "the guided estimate: from ε∅ through ε_c and beyond."),
    term(
        "k",
        Role::Guidance,
        "k",
        "the factor of the rescaling φ: 1 at φ = 0; at φ = 1 the guided answer is spread as the answer with the prompt is.",
    ),
    term("w", Role::Guidance, "w", "the guidance scale: 0 ignores the prompt, 1 follows it, more exaggerates it."),
    term("sampler", Role::Plain, "sampler", "the rule that turns the network's answers into steps."),
];

/// The term of an id.
pub fn find(id: &str) -> Option<&'static Term> {
    TERMS.iter().find(|term| term.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_unique_and_fit_a_selector() {
        for (index, term) in TERMS.iter().enumerate() {
            assert!(term.id.chars().all(|c| c.is_ascii_alphanumeric()), "{}", term.id);
            assert!(TERMS[..index].iter().all(|other| other.id != term.id), "{}", term.id);
        }
    }
}
