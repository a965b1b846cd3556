//! The glossary: every symbol once, with its role (its colour) and one sentence.

use crate::app::language::{Text, t};

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
    pub symbol: Text,
    /// As it is read out.
    pub said: Text,
    /// One sentence.
    pub gloss: Text,
}

const fn term(id: &'static str, role: Role, symbol: Text, said: Text, gloss: Text) -> Term {
    Term { id, role, symbol, said, gloss }
}

/// The whole glossary.
pub const TERMS: &[Term] = &[
    term(
        "x0",
        Role::Data,
        t("x₀"),
        t("x zero"),
        t("the clean picture: numbers from −1 (dark) to 1 (bright), three for each pixel."),
    ),
    term(
        "eps",
        Role::Noise,
        t("ε"),
        t("epsilon"),
        t("noise: for each number of the picture one draw from the bell curve N(0, 1)."),
    ),
    term(
        "xt",
        Role::State,
        t("x_t"),
        t("x t"),
        t("the state at timestep t: a mix of picture and noise, and all the sampler keeps."),
    ),
    term(
        "x0hat",
        Role::Prediction,
        t("x̂₀"),
        t("x zero hat"),
        t("the network's estimate of the clean picture, from the state alone."),
    ),
    term("epshat", Role::Prediction, t("ε̂"), t("epsilon hat"), t("the network's estimate of the noise in the state.")),
    term("t", Role::Plain, t("t"), t("t"), t("the timestep: T − 1 is pure noise, 0 is almost the picture.")),
    term(
        "alpha",
        Role::Data,
        t("√ᾱ_t"),
        t("the square root of alpha bar t"),
        t("the share of the picture left in the state at timestep t."),
    ),
    term(
        "sigma",
        Role::Noise,
        t("√(1 − ᾱ_t)"),
        t("the square root of 1 minus alpha bar t"),
        t("the share of noise in the state at timestep t."),
    ),
    term("snr", Role::Plain, t("SNR"), t("the ratio of signal to noise"), t("signal to noise: ᾱ_t / (1 − ᾱ_t).")),
    term("beta", Role::Noise, t("β_t"), t("beta t"), t("the variance of the noise that one forward step adds.")),
    term(
        "xnext",
        Role::State,
        t("x_next"),
        t("x next"),
        t("the state after the step: the next network call sees this."),
    ),
    term("update", Role::Plain, t("x_next − x_t"), t("x next minus x t"), t("what one step changes.")),
    term("a", Role::State, t("a"), t("a"), t("the factor of the state in one update.")),
    term("b", Role::Prediction, t("b"), t("b"), t("the factor of the predicted picture in one update.")),
    term("e", Role::Noise, t("e"), t("e"), t("the size of the fresh noise in one update.")),
    term("z", Role::Noise, t("z"), t("z"), t("fresh noise, drawn anew in each step of a stochastic sampler.")),
    term("eta", Role::Noise, t("η"), t("eta"), t("how much fresh noise DDIM adds: 0 none, 1 as much as DDPM.")),
    term(
        "seed",
        Role::Plain,
        t("seed"),
        t("seed"),
        t("the number that fixes every draw of noise: same seed, same picture, everywhere."),
    ),
    term(
        "network",
        Role::Weights,
        t("network"),
        t("network"),
        t("the U-Net: from a state and its timestep it estimates v, a mix from which both picture and noise follow."),
    ),
    term("prompt", Role::Words, t("prompt"), t("prompt"), t("the text that says what the picture should show.")),
    term(
        "token",
        Role::Words,
        t("token"),
        t("token"),
        t("a word or mark of the prompt as the model knows it: a number in a list."),
    ),
    term(
        "attention",
        Role::Words,
        t("attention"),
        t("attention"),
        t("cross-attention: how much each place of the picture listens to each word, in shares that add up to 1."),
    ),
    term(
        "epsuncond",
        Role::Prediction,
        t("ε_∅"),
        t("epsilon without the prompt"),
        t("the network's estimate of the noise without the prompt, or with the negative one."),
    ),
    term(
        "epscond",
        Role::Prediction,
        t("ε_c"),
        t("epsilon with the prompt"),
        t("the network's estimate of the noise with the prompt."),
    ),
    term(
        "epsguided",
        Role::Prediction,
        t("ε_w"),
        t("epsilon after guidance"),
        t("the guided estimate: from ε∅ through ε_c and beyond."),
    ),
    term(
        "k",
        Role::Guidance,
        t("k"),
        t("k"),
        t(
            "the factor of the rescaling φ: 1 at φ = 0; at φ = 1 the guided answer is spread as the answer with the prompt is.",
        ),
    ),
    term(
        "w",
        Role::Guidance,
        t("w"),
        t("w"),
        t("the guidance scale: 0 ignores the prompt, 1 follows it, more exaggerates it."),
    ),
    term(
        "sampler",
        Role::Plain,
        t("sampler"),
        t("sampler"),
        t("the rule that turns the network's answers into steps."),
    ),
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

    #[test]
    fn what_is_read_out_is_made_of_words() {
        for term in TERMS {
            let said = term.said.english();
            assert!(said.chars().all(|c| c.is_ascii_alphanumeric() || c == ' '), "{}: {said}", term.id);
        }
    }
}
