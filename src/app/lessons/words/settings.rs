//! What the lesson's address carries.

use super::word;
use crate::app::settings::{Codec, Settings};
use crate::data::tokenizer::Tokenizer;
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
/// Most pixels a link may count.
const MAX_PIXEL: u32 = 512 * 512;
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
    /// The pixel that is asked what it listens to: row · size + column, from 1; 0 for none.
    pub pixel: u32,
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
            pixel: 0,
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
        codec.integer("pixel", &mut self.pixel, 0..=MAX_PIXEL);
        codec.choice("show", &mut self.shown, &LAYERS);
        codec.integer("at", &mut self.at, 0..=u32::MAX);
    }
}

impl Words {
    /// The run these settings ask for; the tokenizer says which word is weighed.
    pub fn spec(&self, tokenizer: &Tokenizer) -> GenerateSpec {
        // The first picture of a grid never hears the prompt, so where it would hear it is nothing to show.
        let watch_attention = self.mode != Mode::Grid;
        GenerateSpec {
            steps: self.steps,
            seed: u64::from(self.seed),
            count: if self.mode == Mode::Grid { 4 } else { 1 },
            words: Some(WordSpec { variants: self.variants(tokenizer), watch_attention }),
            ..GenerateSpec::default()
        }
    }

    /// The settings that ask for a run, as far as the run shows them.
    pub fn of(spec: &GenerateSpec) -> Self {
        let variants = spec.words.as_ref().map_or(&[][..], |words| &words.variants);
        let text = |variant: usize, term: usize| {
            variants.get(variant).and_then(|variant| variant.prompt.get(term)).map(|term| term.text.clone())
        };
        let (mode, other) = match variants {
            [_, ..] if spec.count > 1 => (Mode::Grid, None),
            [_, second] if !second.edits.is_empty() => (Mode::Weigh, None),
            [_, second] if second.prompt.len() > 2 => (Mode::Sum, None),
            [_, _] => (Mode::Versus, text(1, 0)),
            [_, _, ..] => (Mode::Walk, text(0, 1)),
            _ => (Mode::One, None),
        };
        let plain = Self::default();
        let first = variants.first().cloned().unwrap_or_else(|| Variant::prompt("", plain.guidance));
        let edit = variants.get(1).and_then(|variant| variant.edits.first());
        Self {
            mode,
            prompt: text(0, 0).unwrap_or_default(),
            negative: first.negative_prompt,
            other: other.unwrap_or(plain.other),
            minus: text(1, 1).filter(|_| mode == Mode::Sum).unwrap_or(plain.minus),
            plus: text(1, 2).filter(|_| mode == Mode::Sum).unwrap_or(plain.plus),
            guidance: if mode == Mode::Grid { plain.guidance } else { first.guidance_scale },
            rescale: first.guidance_rescale,
            steps: spec.steps,
            seed: spec.seed as u32,
            word: edit.and_then(|edit| edit.token).unwrap_or(0),
            layer: edit.and_then(|edit| edit.layer).map_or(0, |layer| layer + 1),
            head: edit.and_then(|edit| edit.head).map_or(0, |head| head + 1),
            factor: edit.map_or(plain.factor, |edit| f64::from(edit.factor)),
            ..plain
        }
    }

    fn variants(&self, tokenizer: &Tokenizer) -> Vec<Variant> {
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
            Mode::Weigh => match self.edit(tokenizer) {
                Some(edit) => vec![plain.clone(), Variant { edits: vec![edit], ..plain }],
                None => vec![plain],
            },
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

    /// The change of the attention: one word, in the layer and head looked at; `None` where the prompt has no word.
    fn edit(&self, tokenizer: &Tokenizer) -> Option<AttentionEdit> {
        let word = word::looked_at(self.mode, self.word, &tokenizer.encode(&self.prompt));
        (word > 0).then_some(AttentionEdit {
            token: Some(word),
            layer: self.layer.checked_sub(1),
            head: self.head.checked_sub(1),
            factor: self.factor as f32,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{RecordedRun, decode};

    #[test]
    fn every_mode_fits_into_one_run() {
        for (name, mode) in MODES {
            let spec = Words { mode, ..Words::default() }.spec(&Tokenizer::of_captions());
            assert!((1..=16).contains(&spec.pictures()), "{name}");
        }
    }

    #[test]
    fn the_weights_of_walks_and_sums_add_up_to_one() {
        for mode in [Mode::Walk, Mode::Sum] {
            for variant in (Words { mode, ..Words::default() }).variants(&Tokenizer::of_captions()) {
                let sum: f64 = variant.prompt.iter().map(|term| term.weight).sum();
                assert!((sum - 1.0).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn a_run_says_which_settings_asked_for_it() {
        let tokenizer = Tokenizer::of_captions();
        for (name, mode) in MODES {
            let settings = Words {
                mode,
                prompt: "red hair".into(),
                negative: "hat".into(),
                other: "blue hair".into(),
                guidance: 7.0,
                rescale: 0.5,
                layer: 2,
                head: 1,
                factor: 2.5,
                ..Words::default()
            };
            let spec = settings.spec(&tokenizer);
            let read = Words::of(&spec);
            assert_eq!(read.mode, mode, "{name}");
            assert_eq!(read.spec(&tokenizer), spec, "{name}");
        }
        assert_eq!(Words::of(&GenerateSpec::default()).prompt, "");
    }

    #[test]
    fn a_word_stays_weighed_whatever_is_typed() {
        let tokenizer = Tokenizer::of_captions();
        let weighed = |prompt: &str, word: u32| {
            let settings = Words { mode: Mode::Weigh, prompt: prompt.into(), word, ..Words::default() };
            let words = settings.spec(&tokenizer).words.unwrap();
            words.variants.get(1).map(|variant| variant.edits[0].token)
        };
        assert_eq!(weighed("a person with red hair", 0), Some(Some(4)));
        assert_eq!(weighed("red hair", 60), Some(Some(1)));
        assert_eq!(weighed("red hair", 2), Some(Some(2)));
        // Without any word there is nothing to compare.
        assert_eq!(weighed("", 2), None);
    }

    #[test]
    fn the_recorded_run_is_the_run_of_the_plain_settings() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/public/runs/words.run");
        let run: RecordedRun = decode(&std::fs::read(path).unwrap()).unwrap();
        let tokenizer = run.model.words.unwrap().tokenizer().unwrap();
        assert_eq!(run.spec, Words::default().spec(&tokenizer));
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
