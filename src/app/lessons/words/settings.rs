//! What the lesson's address carries.

use crate::app::settings::{Codec, Settings};
use crate::protocol::{AttentionEdit, GenerateSpec, Term, Variant, WordSpec};

/// What runs from the same noise.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// One prompt.
    #[default]
    One,
    /// The prompt, and the same with one word muted or amplified.
    Weigh,
    /// Two prompts.
    Versus,
    /// Four guidance scales by four seeds.
    Grid,
    /// Eight prompts on the straight line between two.
    Walk,
    /// The prompt, and the prompt − a text + another.
    Sum,
}

/// Every mode with its name in links.
pub const MODES: [(&str, Mode); 6] = [
    ("one", Mode::One),
    ("weigh", Mode::Weigh),
    ("versus", Mode::Versus),
    ("grid", Mode::Grid),
    ("walk", Mode::Walk),
    ("sum", Mode::Sum),
];

/// Which quantity the large picture shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Layer {
    /// The state x_t.
    #[default]
    State,
    /// The predicted picture.
    Denoised,
    /// The predicted noise.
    Noise,
}

/// Every layer with its name in links.
pub const LAYERS: [(&str, Layer); 3] = [("x", Layer::State), ("x0", Layer::Denoised), ("eps", Layer::Noise)];

/// Guidance scales of the grid, a row each.
pub const GUIDANCES: [f64; 4] = [0.0, 1.0, 4.0, 12.0];
/// Prompts of a walk, both ends included.
pub const WALK: u32 = 8;
/// Most steps the page offers.
pub const MAX_STEPS: u32 = 100;
/// Largest guidance scale.
pub const MAX_GUIDANCE: f64 = 15.0;
/// Largest factor of a word.
pub const MAX_FACTOR: f64 = 3.0;
/// Longest text in a link, in characters.
const MAX_TEXT: usize = 4000;

/// Settings of lesson 3.
#[derive(Debug, Clone, PartialEq)]
pub struct Words {
    /// What runs from the same noise.
    pub mode: Mode,
    /// The prompt.
    pub prompt: String,
    /// What to move away from.
    pub negative: String,
    /// The second prompt, of the comparison and of the walk.
    pub other: String,
    /// The text taken away.
    pub minus: String,
    /// The text added.
    pub plus: String,
    /// Guidance scale w.
    pub guidance: f64,
    /// Rescaling φ.
    pub rescale: f64,
    /// Number of steps.
    pub steps: u32,
    /// Seed of the starting noise.
    pub seed: u32,
    /// The word looked at: its place in the encoded text; 0 for none.
    pub word: u32,
    /// The attention layer looked at, from 1; 0 for the mean.
    pub layer: u32,
    /// The head looked at, from 1; 0 for the mean.
    pub head: u32,
    /// Factor of the word.
    pub factor: f64,
    /// Quantity of the large picture.
    pub shown: Layer,
    /// The state shown; past the last means the finished picture.
    pub at: u32,
}

impl Default for Words {
    fn default() -> Self {
        Self {
            mode: Mode::One,
            prompt: "long red hair, round glasses, blue striped shirt".into(),
            negative: String::new(),
            other: "long blond hair, round glasses, red striped shirt".into(),
            minus: "red hair".into(),
            plus: "green hair".into(),
            guidance: 4.0,
            rescale: 0.0,
            steps: 20,
            seed: 7,
            word: 0,
            layer: 0,
            head: 0,
            factor: 0.0,
            shown: Layer::State,
            at: u32::MAX,
        }
    }
}

impl Settings for Words {
    fn fields(&mut self, codec: &mut Codec) {
        codec.choice("mode", &mut self.mode, &MODES);
        codec.text("prompt", &mut self.prompt, MAX_TEXT);
        codec.text("negative", &mut self.negative, MAX_TEXT);
        codec.text("other", &mut self.other, MAX_TEXT);
        codec.text("minus", &mut self.minus, MAX_TEXT);
        codec.text("plus", &mut self.plus, MAX_TEXT);
        codec.number("w", &mut self.guidance, 0.0..=MAX_GUIDANCE);
        codec.number("rescale", &mut self.rescale, 0.0..=1.0);
        codec.integer("n", &mut self.steps, 1..=MAX_STEPS);
        codec.seed("seed", &mut self.seed);
        codec.integer("word", &mut self.word, 0..=63);
        codec.integer("layer", &mut self.layer, 0..=63);
        codec.integer("head", &mut self.head, 0..=63);
        codec.number("factor", &mut self.factor, 0.0..=MAX_FACTOR);
        codec.choice("show", &mut self.shown, &LAYERS);
        codec.integer("at", &mut self.at, 0..=u32::MAX);
    }
}

impl Words {
    /// The run these settings ask for.
    pub fn spec(&self) -> GenerateSpec {
        let watch_attention = !matches!(self.mode, Mode::Grid | Mode::Walk);
        GenerateSpec {
            steps: self.steps,
            seed: u64::from(self.seed),
            count: if self.mode == Mode::Grid { 4 } else { 1 },
            words: Some(WordSpec { variants: self.variants(), watch_attention }),
            ..GenerateSpec::default()
        }
    }

    fn variants(&self) -> Vec<Variant> {
        let plain = Variant {
            negative_prompt: self.negative.clone(),
            guidance_rescale: self.rescale,
            ..Variant::prompt(&self.prompt, self.guidance)
        };
        let with = |terms: &[(f64, &String)]| {
            let prompt = terms.iter().map(|(weight, text)| Term { weight: *weight, text: (*text).clone() }).collect();
            Variant { prompt, ..plain.clone() }
        };
        match self.mode {
            Mode::One => vec![plain],
            Mode::Weigh => vec![plain.clone(), Variant { edits: self.edits(), ..plain }],
            Mode::Versus => vec![plain.clone(), with(&[(1.0, &self.other)])],
            Mode::Grid => GUIDANCES.map(|guidance_scale| Variant { guidance_scale, ..plain.clone() }).to_vec(),
            Mode::Walk => (0..WALK)
                .map(|index| f64::from(index) / f64::from(WALK - 1))
                .map(|share| with(&[(1.0 - share, &self.prompt), (share, &self.other)]))
                .collect(),
            Mode::Sum => {
                vec![plain.clone(), with(&[(1.0, &self.prompt), (-1.0, &self.minus), (1.0, &self.plus)])]
            }
        }
    }

    /// The change of the attention: one word, in the layer and head looked at; no word, no change.
    fn edits(&self) -> Vec<AttentionEdit> {
        let edit = AttentionEdit {
            token: Some(self.word),
            layer: self.layer.checked_sub(1),
            head: self.head.checked_sub(1),
            factor: self.factor as f32,
        };
        if self.word == 0 { Vec::new() } else { vec![edit] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_mode_fits_into_one_run() {
        for (name, mode) in MODES {
            let spec = Words { mode, ..Words::default() }.spec();
            assert!((1..=16).contains(&spec.pictures()), "{name}");
        }
    }

    #[test]
    fn the_weights_of_walks_and_sums_add_up_to_one() {
        for mode in [Mode::Walk, Mode::Sum] {
            for variant in (Words { mode, ..Words::default() }).variants() {
                let sum: f64 = variant.prompt.iter().map(|term| term.weight).sum();
                assert!((sum - 1.0).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn a_link_restores_any_text() {
        let settings = Words {
            prompt: "שלום & 👩🏽‍🦰 = 100 % + ?".into(),
            negative: String::new(),
            guidance: 7.25,
            ..Words::default()
        };
        assert_eq!(Words::read(&settings.write()), (settings, Vec::new()));
        let empty = Words { prompt: String::new(), ..Words::default() };
        let query = crate::app::query::Query::parse(&empty.write().format());
        assert_eq!(Words::read(&query), (empty, Vec::new()));
    }
}
