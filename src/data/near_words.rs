//! Words that people type and captions do not have, each with the words of captions that mean nearly the same.

/// Words that only join others: nobody who typed another word meant one of them.
const JOINING: [&str; 5] = ["a", "and", "no", "of", "with"];

/// Whether a word only joins others, so that it is no good replacement for a misspelt one.
pub fn joins(word: &str) -> bool {
    JOINING.contains(&word)
}

/// The words of captions that mean nearly the same as a common word, the nearest first; empty for a word of no such meaning.
///
/// `word` is in lower case.
pub fn near(word: &str) -> &'static [&'static str] {
    NEAR.iter().find(|(words, _)| words.contains(&word)).map_or(&[], |(_, near)| near)
}

/// Common words, and what captions say in their place.
const NEAR: &[(&[&str], &[&str])] = &[
    // Colours.
    (&["crimson", "scarlet", "maroon", "burgundy", "ruby", "cherry"], &["red"]),
    (&["orange", "copper", "amber", "rust"], &["red", "yellow"]),
    (&["auburn", "redhead"], &["red", "brown"]),
    (&["gold", "golden", "lemon", "mustard"], &["yellow", "blond"]),
    (&["violet", "lilac", "lavender", "plum", "mauve"], &["purple"]),
    (&["magenta", "fuchsia"], &["pink", "purple"]),
    (&["rose", "rosy"], &["pink"]),
    (&["salmon", "peach"], &["coral", "pink"]),
    (&["turquoise", "teal", "cyan", "aqua"], &["mint", "blue"]),
    (&["azure", "cobalt", "sapphire"], &["blue"]),
    (&["indigo"], &["navy", "purple"]),
    (&["olive", "emerald", "lime", "khaki", "jade"], &["green"]),
    (&["white", "ivory", "beige"], &["cream", "pale"]),
    (&["silver", "gray", "charcoal"], &["grey"]),
    (&["chestnut", "hazel", "chocolate", "bronze"], &["brown"]),
    // People.
    (
        &[
            "man", "men", "woman", "women", "boy", "girl", "guy", "lady", "male", "female", "child", "kid", "human",
            "people", "adult", "teenager", "grandpa", "grandma",
        ],
        &["person"],
    ),
    (&["photo", "picture", "image", "drawing", "avatar"], &["portrait"]),
    (&["head"], &["face"]),
    // Glasses and hats.
    (&["eyeglasses", "specs", "goggles", "monocle", "lenses"], &["glasses"]),
    (&["sunnies", "aviators"], &["sunglasses"]),
    (&["circular", "circle"], &["round"]),
    (&["helmet", "hood", "crown", "fedora", "bonnet", "beret", "headband"], &["hat", "cap"]),
    // Hair and beards.
    (&["moustache", "mustache", "stubble", "whiskers", "bearded"], &["beard", "goatee"]),
    (&["wavy", "frizzy", "afro", "curls"], &["curly"]),
    (&["ponytail", "braid", "braids", "pigtails", "flowing"], &["long"]),
    (&["cropped", "buzzcut", "bob"], &["short"]),
    (&["hairless", "baldness"], &["bald"]),
    (&["haircut", "hairstyle", "haired"], &["hair"]),
    // Clothes.
    (&["hoodie", "jacket", "coat", "jumper", "pullover", "cardigan", "sweatshirt"], &["sweater", "top"]),
    (&["tshirt", "tee", "blouse", "vest", "dress", "jersey", "clothes", "polo"], &["shirt", "top"]),
    (&["stripes", "stripy", "stripey", "lined"], &["striped"]),
    (&["tartan", "chequered", "gingham", "squares", "squared"], &["checked", "plaid"]),
    (&["jeans", "trousers", "pants"], &["overalls", "dungarees"]),
    (&["simple", "blank", "unicolour"], &["plain"]),
    (&["jewelry", "jewellery", "hoops", "studs"], &["earrings"]),
    // Faces.
    (&["grin", "grinning", "laughing", "laugh", "cheerful", "joyful", "glad"], &["smiling", "happy"]),
    (&["unhappy", "angry", "crying", "gloomy", "upset", "grumpy"], &["sad", "frowning"]),
    (&["shocked", "astonished", "amazed", "surprise", "startled"], &["surprised"]),
    (&["lips", "teeth"], &["mouth"]),
    (&["tanned"], &["tan"]),
];

#[cfg(test)]
mod tests {
    use super::super::tokenizer::Tokenizer;
    use super::*;

    #[test]
    fn every_near_word_is_in_the_vocabulary_and_no_common_one_is() {
        let tokenizer = Tokenizer::of_captions();
        let has = |word: &&str| tokenizer.words().iter().any(|known| known == word);
        for (words, near) in NEAR {
            assert!(!near.is_empty() && near.iter().all(has), "{near:?}");
            assert!(!words.iter().any(has), "{words:?}");
            assert!(words.iter().all(|word| *word == word.to_lowercase()), "{words:?}");
        }
    }

    #[test]
    fn each_common_word_stands_once() {
        let mut all: Vec<&str> = NEAR.iter().flat_map(|(words, _)| words.iter().copied()).collect();
        let count = all.len();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), count);
    }
}
