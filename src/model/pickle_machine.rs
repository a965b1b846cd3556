//! The stack machine that a pickle is a program for, with the instructions of a state dict and no others.

use std::collections::HashMap;

use super::pickle::{Id, Pickle, PickleError, Value};

/// The names a state dict needs beside `torch.*Storage`.
const NAMES: [&str; 3] =
    ["collections.OrderedDict", "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_parameter"];

/// A pickle that is being read.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    values: Vec<Value>,
    stack: Vec<Id>,
    marks: Vec<usize>,
    memo: HashMap<usize, Id>,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let (values, stack, marks) = (Vec::new(), Vec::new(), Vec::new());
        Self { bytes, at: 0, values, stack, marks, memo: HashMap::new() }
    }

    /// What was read, with the value on top of the stack as the outermost.
    pub(super) fn finish(mut self) -> Result<Pickle, PickleError> {
        Ok(Pickle { root: self.pop()?, values: self.values })
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], PickleError> {
        let end = self.at.checked_add(length).ok_or(PickleError::Format)?;
        let part = self.bytes.get(self.at..end).ok_or(PickleError::Format)?;
        self.at = end;
        Ok(part)
    }

    pub(super) fn byte(&mut self) -> Result<u8, PickleError> {
        Ok(self.take(1)?[0])
    }

    /// A little-endian number without sign of up to four bytes.
    fn number(&mut self, width: usize) -> Result<usize, PickleError> {
        Ok(self.take(width)?.iter().rev().fold(0, |n, b| n << 8 | usize::from(*b)))
    }

    fn line(&mut self) -> Result<String, PickleError> {
        let rest = self.bytes.get(self.at..).unwrap_or_default();
        let length = rest.iter().position(|b| *b == b'\n').ok_or(PickleError::Format)?;
        Ok(String::from_utf8_lossy(&self.take(length + 1)?[..length]).into_owned())
    }

    fn text(&mut self, width: usize) -> Result<Value, PickleError> {
        let length = self.number(width)?;
        Ok(Value::Text(String::from_utf8_lossy(self.take(length)?).into_owned()))
    }

    fn push(&mut self, value: Value) {
        self.values.push(value);
        self.stack.push(self.values.len() - 1);
    }

    fn pop(&mut self) -> Result<Id, PickleError> {
        let above = self.marks.last().copied().unwrap_or(0);
        if self.stack.len() <= above { Err(PickleError::Format) } else { self.stack.pop().ok_or(PickleError::Format) }
    }

    fn top(&self) -> Result<Id, PickleError> {
        self.stack.last().copied().ok_or(PickleError::Format)
    }

    fn since_mark(&mut self) -> Result<Vec<Id>, PickleError> {
        let mark = self.marks.pop().ok_or(PickleError::Format)?;
        Ok(self.stack.split_off(mark.min(self.stack.len())))
    }

    fn name(&mut self, name: String) -> Result<(), PickleError> {
        let is_storage = name.strip_prefix("torch.").is_some_and(|s| s.ends_with("Storage") && !s.contains('.'));
        if !is_storage && !NAMES.contains(&name.as_str()) {
            return Err(PickleError::Name(name));
        }
        self.push(Value::Global(name));
        Ok(())
    }

    fn tuple(&mut self, length: usize) -> Result<(), PickleError> {
        let mut items = (0..length).map(|_| self.pop()).collect::<Result<Vec<_>, _>>()?;
        items.reverse();
        self.push(Value::Tuple(items));
        Ok(())
    }

    fn remember(&mut self, place: usize) -> Result<(), PickleError> {
        let top = self.top()?;
        self.memo.insert(place, top);
        Ok(())
    }

    fn recall(&mut self, place: usize) -> Result<(), PickleError> {
        let id = *self.memo.get(&place).ok_or(PickleError::Format)?;
        self.stack.push(id);
        Ok(())
    }

    /// Puts items into the dictionary or list on top.
    fn fill(&mut self, items: &[Id]) -> Result<(), PickleError> {
        let top = self.top()?;
        match &mut self.values[top] {
            Value::Dict(pairs) => pairs.extend(items.chunks_exact(2).map(|pair| (pair[0], pair[1]))),
            Value::Tuple(list) => list.extend(items),
            _ => return Err(PickleError::Format),
        }
        Ok(())
    }

    /// Notes a call; only an empty ordered dictionary is made at once.
    fn reduce(&mut self) -> Result<(), PickleError> {
        let [arguments, function] = [self.pop()?, self.pop()?];
        match &self.values[function] {
            Value::Global(name) if name == NAMES[0] => self.push(Value::Dict(Vec::new())),
            Value::Global(name) => self.push(Value::Call(name.clone(), arguments)),
            _ => return Err(PickleError::Format),
        }
        Ok(())
    }

    pub(super) fn run(&mut self, instruction: u8) -> Result<(), PickleError> {
        match instruction {
            0x80 => drop(self.take(1)?),
            0x95 => drop(self.take(8)?),
            b'(' => self.marks.push(self.stack.len()),
            b'}' => self.push(Value::Dict(Vec::new())),
            b']' | b')' => self.push(Value::Tuple(Vec::new())),
            b'N' | 0x88 | 0x89 => self.push(Value::Other),
            b'G' => {
                self.take(8)?;
                self.push(Value::Other);
            }
            b'J' => {
                let number = self.number(4)? as u32;
                self.push(Value::Int(i64::from(number.cast_signed())));
            }
            b'K' | b'M' => {
                let number = self.number(if instruction == b'K' { 1 } else { 2 })?;
                self.push(Value::Int(number as i64));
            }
            0x8a => self.long()?,
            b'X' | 0x8c => {
                let text = self.text(if instruction == b'X' { 4 } else { 1 })?;
                self.push(text);
            }
            b'q' | b'r' => {
                let place = self.number(if instruction == b'q' { 1 } else { 4 })?;
                self.remember(place)?;
            }
            0x94 => self.remember(self.memo.len())?,
            b'h' | b'j' => {
                let place = self.number(if instruction == b'h' { 1 } else { 4 })?;
                self.recall(place)?;
            }
            b't' => {
                let items = self.since_mark()?;
                self.push(Value::Tuple(items));
            }
            0x85..=0x87 => self.tuple(usize::from(instruction - 0x84))?,
            b'c' => {
                let name = format!("{}.{}", self.line()?, self.line()?);
                self.name(name)?;
            }
            0x93 => {
                let [name, module] = [self.pop()?, self.pop()?];
                match (&self.values[module], &self.values[name]) {
                    (Value::Text(module), Value::Text(name)) => self.name(format!("{module}.{name}"))?,
                    _ => return Err(PickleError::Format),
                }
            }
            b'Q' => {
                let what = self.pop()?;
                self.push(Value::Persistent(what));
            }
            b'R' => self.reduce()?,
            b's' => {
                let [value, key] = [self.pop()?, self.pop()?];
                self.fill(&[key, value])?;
            }
            b'a' => {
                let item = self.pop()?;
                self.fill(&[item])?;
            }
            b'u' | b'e' => {
                let items = self.since_mark()?;
                self.fill(&items)?;
            }
            // The attributes of a dictionary, for example its `_metadata`: left out.
            b'b' => drop(self.pop()?),
            other => return Err(PickleError::Instruction(other)),
        }
        Ok(())
    }

    /// A whole number of up to eight bytes, with sign.
    fn long(&mut self) -> Result<(), PickleError> {
        let length = self.number(1)?;
        let bytes = self.take(length)?;
        if length > 8 {
            return Err(PickleError::Format);
        }
        let sign = if bytes.last().is_some_and(|b| b & 0x80 != 0) { -1i64 } else { 0 };
        self.push(Value::Int(bytes.iter().rev().fold(sign, |n, b| n << 8 | i64::from(*b))));
        Ok(())
    }
}
