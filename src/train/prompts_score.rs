//! Counting how many claims of prompts the pictures keep, overall and attribute by attribute.

use super::prompts_list::Prompt;
use crate::data::look::{ATTRIBUTES, Attribute, HELD_OUT};

/// How many of how many.
#[derive(Debug, Clone, Copy, Default)]
pub struct Share {
    right: usize,
    all: usize,
}

impl Share {
    fn count(&mut self, is_right: bool) {
        self.right += usize::from(is_right);
        self.all += 1;
    }

    /// "74.2 %", or a dash where nothing was asked.
    pub fn percent(self) -> String {
        if self.all == 0 { "–".into() } else { format!("{:.1} %", 100.0 * self.right as f64 / self.all as f64) }
    }
}

/// What the classifier found.
#[derive(Debug, Clone, Copy, Default)]
pub struct Score {
    /// Claims of all prompts.
    pub all: Share,
    /// Claims of prompts with a held-out pair.
    pub held_out: Share,
    /// Pictures that show both of the held-out pair.
    pub pairs: Share,
    attributes: [Share; ATTRIBUTES],
}

/// Compares what `told` says of `seeds` pictures of each prompt with the prompt's claims.
pub fn score(prompts: &[Prompt], told: &[[u8; ATTRIBUTES]], seeds: usize) -> Score {
    let mut score = Score::default();
    for (prompt, told) in prompts.iter().zip(told.chunks(seeds)) {
        let named = HELD_OUT.iter().find(|pair| pair.iter().all(|claim| prompt.caption.says.contains(claim)));
        for told in told {
            let is_right = |&(attribute, value): &(Attribute, u8)| told[attribute as usize] == value;
            for claim in &prompt.caption.says {
                score.all.count(is_right(claim));
                score.attributes[claim.0 as usize].count(is_right(claim));
                if prompt.held_out {
                    score.held_out.count(is_right(claim));
                }
            }
            if prompt.held_out {
                score.pairs.count(named.is_some_and(|pair| pair.iter().all(is_right)));
            }
        }
    }
    score
}

/// A table of attributes, one column for each named score.
pub fn by_attribute(scores: &[(String, Score)]) -> String {
    let row = |first: &str, cells: Vec<String>| format!("| {first} | {} |\n", cells.join(" | "));
    let mut table = row("attribute", scores.iter().map(|(name, _)| name.clone()).collect());
    table += &format!("|{}\n", "---|".repeat(scores.len() + 1));
    for &attribute in Attribute::ALL {
        let cells = scores.iter().map(|(_, score)| score.attributes[attribute as usize].percent()).collect();
        table += &row(attribute.name(), cells);
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::avatar::Avatar;
    use crate::data::captions::Caption;

    #[test]
    fn claims_are_counted_as_by_hand() {
        let prompt = |says: Vec<(Attribute, u8)>, held_out| Prompt {
            avatar: Avatar::from_seed(0),
            caption: Caption { text: String::new(), says },
            held_out,
        };
        let pair = HELD_OUT[0];
        let (hair, hat) = ((Attribute::Hair, 1), (Attribute::Hat, 1));
        let prompts = [prompt(vec![hair, hat], false), prompt(pair.to_vec(), true)];
        // Two pictures of each prompt: the first keeps both claims and then one; the second keeps the pair and then half of it.
        let told = |claims: &[(Attribute, u8)]| {
            let mut told = [u8::MAX; ATTRIBUTES];
            claims.iter().for_each(|&(attribute, value)| told[attribute as usize] = value);
            told
        };
        let seen = [told(&[hair, hat]), told(&[hair]), told(&pair), told(&pair[..1])];
        let score = score(&prompts, &seen, 2);
        assert_eq!((score.all.right, score.all.all), (6, 8));
        assert_eq!((score.held_out.right, score.held_out.all), (3, 4));
        assert_eq!((score.pairs.right, score.pairs.all), (1, 2));
        assert_eq!((score.pairs.percent().as_str(), Share::default().percent().as_str()), ("50.0 %", "–"));
        let table = by_attribute(&[("guidance 2".into(), score)]);
        assert!(table.starts_with("| attribute | guidance 2 |\n|---|---|\n"), "{table}");
    }
}
