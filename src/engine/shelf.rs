//! Things held within bounds of memory: what has not been used for longest is let go first.

/// A shelf for things that take memory, each under a name of its own.
#[derive(Debug)]
pub struct Shelf<T> {
    most: u64,
    next: u32,
    /// In the order of their last use, the newest at the end.
    things: Vec<Thing<T>>,
}

#[derive(Debug)]
struct Thing<T> {
    name: u32,
    bytes: u64,
    value: T,
}

impl<T> Shelf<T> {
    /// A shelf of at most so many bytes; a single thing may be larger.
    pub fn new(most: u64) -> Self {
        Self { most, next: 0, things: Vec::new() }
    }

    /// Puts something on it; its name, and the names of what had to go.
    pub fn put(&mut self, value: T, bytes: u64) -> (u32, Vec<u32>) {
        self.next += 1;
        self.things.push(Thing { name: self.next, bytes, value });
        let mut gone = Vec::new();
        while self.things.len() > 1 && self.things.iter().map(|thing| thing.bytes).sum::<u64>() > self.most {
            gone.push(self.things.remove(0).name);
        }
        (self.next, gone)
    }

    /// Notes that something is used.
    pub fn touch(&mut self, name: u32) {
        if let Some(at) = self.things.iter().position(|thing| thing.name == name) {
            let thing = self.things.remove(at);
            self.things.push(thing);
        }
    }

    /// What is held under a name.
    pub fn get(&self, name: u32) -> Option<&T> {
        self.things.iter().find(|thing| thing.name == name).map(|thing| &thing.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_longest_ago_goes_first() {
        let mut shelf = Shelf::new(10);
        let [(a, _), (b, _), (c, none)] = ["a", "b", "c"].map(|text| shelf.put(text, 3));
        assert!(none.is_empty());
        shelf.touch(a);
        let (d, gone) = shelf.put("d", 6);
        assert_eq!(gone, [b, c]);
        assert_eq!([a, b, d].map(|name| shelf.get(name).copied()), [Some("a"), None, Some("d")]);
        let (large, gone) = shelf.put("large", 99);
        assert_eq!((gone, shelf.get(large)), (vec![a, d], Some(&"large")));
        shelf.touch(77);
    }
}
