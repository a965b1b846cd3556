//! The prompts that text-conditioned models are judged by: always the same, so that tables of different models compare.

use crate::data::avatar::Avatar;
use crate::data::balanced;
use crate::data::captions::{self, Caption};
use crate::data::look::{HELD_OUT, Look};
use crate::diffusion::noise::{Purpose, Stream};

/// A prompt of the fixed list.
pub(super) struct Prompt {
    /// The one it tells of.
    pub(super) avatar: Avatar,
    /// Text and claims.
    pub(super) caption: Caption,
    /// Whether it names a pair that training never showed.
    pub(super) held_out: bool,
}

/// Prompt `index` of the fixed list: of a picture that training does not show, two in five with a held-out pair.
pub(super) fn prompt(index: u64) -> Prompt {
    let held_out = index % 5 >= 3;
    let stream = Stream::new(index, Purpose::Evaluation).sample(7);
    let seed = stream.block(0).into_iter().fold(0u64, |seed, word| seed.rotate_left(32) ^ u64::from(word));
    let avatar = if held_out { balanced::avatar_held_out(seed) } else { balanced::avatar_for_training(seed) };
    let look = Look::of(&avatar);
    // A held-out prompt counts only if it names both of the pair.
    let names_pair =
        |caption: &Caption| HELD_OUT.iter().any(|pair| pair.iter().all(|claim| caption.says.contains(claim)));
    let mut attempts = (1..200).map(|draw| captions::caption(&look, stream.draw(draw)));
    let caption = attempts.find(|caption| !held_out || names_pair(caption));
    Prompt { avatar, caption: caption.unwrap_or_else(|| captions::full_caption(&look, stream)), held_out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_of_prompts_is_fixed_and_two_in_five_name_a_held_out_pair() {
        let prompts: Vec<Prompt> = (0..200).map(prompt).collect();
        let held_out: Vec<&Prompt> = prompts.iter().filter(|prompt| prompt.held_out).collect();
        assert_eq!(held_out.len(), 80);
        for prompt in held_out {
            let says = &prompt.caption.says;
            assert!(
                HELD_OUT.iter().any(|pair| pair.iter().all(|claim| says.contains(claim))),
                "{}",
                prompt.caption.text
            );
        }
        assert!(prompts.iter().all(|prompt| Look::of(&prompt.avatar).is_held_out() == prompt.held_out));
        let texts: std::collections::BTreeSet<&str> =
            prompts.iter().map(|prompt| prompt.caption.text.as_str()).collect();
        assert!(texts.len() > 190, "only {} prompts differ", texts.len());
        // Another list would make every table of the models' cards incomparable.
        let all: String = prompts.iter().map(|prompt| prompt.caption.text.as_str()).collect();
        let sum = all
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325u64, |sum, byte| (sum ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3));
        assert_eq!(sum, LIST, "FNV-1a of the prompts");
    }

    /// Of the list that the cards of the shipped models were measured with.
    const LIST: u64 = 16_735_816_961_395_891_497;
}
