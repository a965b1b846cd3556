//! The part of Python's pickle that a state dict is written in, read as data: nothing it names is ever run.
//!
//! `pickle_machine` follows the instructions. Values live in a list and refer to each other by place, so a file cannot ask for more memory than its length.

use super::pickle_machine::Reader;

/// Place of a value in [`Pickle::values`].
pub type Id = usize;

/// What a pickle can hold here.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// None, a truth value, a number with a fraction: nothing a tensor is made of.
    Other,
    /// A whole number.
    Int(i64),
    /// Text.
    Text(String),
    /// A class or function by its full name.
    Global(String),
    /// A tuple or list.
    Tuple(Vec<Id>),
    /// A dictionary, in order.
    Dict(Vec<(Id, Id)>),
    /// What the archive keeps elsewhere: the bytes of tensors.
    Persistent(Id),
    /// A call that is only noted: the function's name and its arguments.
    Call(String, Id),
}

/// A pickle that was read.
#[derive(Debug)]
pub struct Pickle {
    /// Every value.
    pub values: Vec<Value>,
    /// The outermost value.
    pub root: Id,
}

/// Why a pickle is refused.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum PickleError {
    /// Cut short or out of order.
    #[error("the pickle is broken or cut short")]
    Format,
    /// An instruction that no state dict needs.
    #[error("the pickle uses the instruction {0:#04x}, which no state dict needs")]
    Instruction(u8),
    /// A name outside of the list.
    #[error("the pickle names {0}, which is no part of a state dict; nothing of it was run")]
    Name(String),
}

/// Reads a pickle of protocol 2 to 5.
///
/// # Errors
/// [`PickleError`], for a name or an instruction outside of what state dicts need too.
pub fn read(bytes: &[u8]) -> Result<Pickle, PickleError> {
    let mut reader = Reader::new(bytes);
    loop {
        let instruction = reader.byte()?;
        if instruction == b'.' {
            return reader.finish();
        }
        reader.run(instruction)?;
    }
}
