//! Errors at the edge: one sentence for people, what happened and what to do.

use std::fmt;

/// A failure that ends a command; printed as it is.
#[derive(Debug)]
pub struct Failure(String);

/// What a command returns.
pub type Outcome<T> = Result<T, Failure>;

impl Failure {
    /// A failure in these words.
    pub fn new(message: impl Into<String>) -> Self {
        Self(message.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Failure {}

/// Says what was being done when an error came up.
pub trait Context<T> {
    /// `context: error`.
    fn context(self, context: impl fmt::Display) -> Outcome<T>;
}

impl<T, E: fmt::Display> Context<T> for Result<T, E> {
    fn context(self, context: impl fmt::Display) -> Outcome<T> {
        self.map_err(|error| Failure(format!("{context}: {error}")))
    }
}
