//! Data to learn from: pure functions of a seed.

pub mod avatar;
pub mod balanced;
pub mod captions;
pub mod look;
pub mod look_alikes;
pub mod near_words;
mod pieces;
pub mod pixel;
pub mod points;
pub mod salience;
mod spelling;
pub mod tokenizer;
