//! JSON with the path of every value, so that a refusal can name the field.
//!
//! Values are kept as their text and read where they are used: numbers stay exact, and fields that are given twice are
//! seen.

mod locate;

use std::fmt;

use novate_risk::units::NANO;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::decimal::{self, DecimalError};
use crate::refusal::Refusal;

/// A value and where it is.
#[derive(Clone, Debug)]
pub(crate) struct Node<'a> {
    pub(crate) path: String,
    raw: &'a RawValue,
}

/// The fields of an object.
#[derive(Debug)]
pub(crate) struct Fields<'a> {
    path: String,
    entries: Vec<(String, &'a RawValue)>,
}

/// A range of numbers and how to write it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Range {
    /// Decimals that are kept.
    pub(crate) decimals: u32,
    pub(crate) low: i128,
    pub(crate) high: i128,
}

impl Range {
    /// From `low` to `high` nanos.
    pub(crate) const fn nanos(low: i64, high: i64) -> Self {
        Self { decimals: 9, low: low as i128, high: high as i128 }
    }

    /// Whole numbers from `low` to `high`.
    pub(crate) const fn whole(low: i64, high: i64) -> Self {
        Self { decimals: 0, low: low as i128, high: high as i128 }
    }

    /// Prices: above 0, up to a billion quote.
    pub(crate) const PRICE: Self = Self::nanos(1, NANO * NANO);
    /// Shares: 0 to 1.
    pub(crate) const SHARE: Self = Self::nanos(0, NANO);
    /// Amounts of quote in atoms, of either sign.
    pub(crate) const QUOTE: Self = Self { decimals: 6, low: -(i64::MAX as i128), high: i64::MAX as i128 };
    /// Sizes and amounts in nanos of a unit, of either sign: what the decimals hold.
    pub(crate) const SIZE: Self = Self { decimals: 9, low: -(10_i128.pow(37)), high: 10_i128.pow(37) };
}

impl<'a> Node<'a> {
    /// The file as a whole.
    ///
    /// # Errors
    /// Text that is not JSON, with field, line and column.
    pub(crate) fn root(text: &'a str) -> Result<Self, Refusal> {
        let refused = |error: serde_json::Error| {
            let lines = text.split_inclusive('\n').take(error.line().saturating_sub(1));
            let offset = lines.map(str::len).sum::<usize>() + error.column().saturating_sub(1);
            Refusal::new(locate::path_at(text, offset), format!("is not JSON: {error}"))
        };
        Ok(Self { path: String::new(), raw: serde_json::from_str(text).map_err(refused)? })
    }

    /// A refusal of this value.
    pub(crate) fn refuse(&self, reason: impl Into<String>) -> Refusal {
        Refusal::new(&*self.path, reason)
    }

    /// The fields of an object, of which each is known and given at most once.
    pub(crate) fn object(&self, known: &[&str]) -> Result<Fields<'a>, Refusal> {
        if !self.raw.get().starts_with('{') {
            return Err(self.refuse(format!("must be an object, but is {}", self.kind())));
        }
        let Entries(entries) = self.read()?;
        let fields = Fields { path: self.path.clone(), entries };
        for (place, (name, _)) in fields.entries.iter().enumerate() {
            if !known.contains(&name.as_str()) {
                let reason = format!("is not a field here; there are {}", known.join(", "));
                return Err(Refusal::new(fields.path_of(name), reason));
            }
            if fields.entries.iter().take(place).any(|(earlier, _)| earlier == name) {
                return Err(Refusal::new(fields.path_of(name), "is given twice"));
            }
        }
        Ok(fields)
    }

    /// The elements of an array.
    pub(crate) fn array(&self) -> Result<Vec<Self>, Refusal> {
        if !self.raw.get().starts_with('[') {
            return Err(self.refuse(format!("must be an array, but is {}", self.kind())));
        }
        let elements: Vec<&'a RawValue> = self.read()?;
        let node = |(index, raw)| Node { path: format!("{}[{index}]", self.path), raw };
        Ok(elements.into_iter().enumerate().map(node).collect())
    }

    /// A text that is not empty.
    pub(crate) fn text(&self) -> Result<String, Refusal> {
        if !self.raw.get().starts_with('"') {
            return Err(self.refuse(format!("must be a text, but is {}", self.kind())));
        }
        let text: String = self.read()?;
        if text.is_empty() { Err(self.refuse("must not be empty")) } else { Ok(text) }
    }

    /// One of these words: its index.
    pub(crate) fn word(&self, words: &[&str]) -> Result<usize, Refusal> {
        let text = self.text()?;
        let quoted = || words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ");
        let place = words.iter().position(|word| *word == text);
        place.ok_or_else(|| self.refuse(format!("must be one of {}, but is {}", quoted(), self.raw)))
    }

    /// A number in the range, as a whole number of its last decimal.
    pub(crate) fn number(&self, range: Range) -> Result<i128, Refusal> {
        let Range { decimals, low, high } = range;
        let text = self.raw.get();
        let outside = || {
            let bounds = format!("{} to {}", decimal::text(low, decimals), decimal::text(high, decimals));
            self.refuse(format!("must be {bounds}, but is {}", self.shown()))
        };
        match decimal::parse(text, decimals as usize) {
            None => Err(self.refuse(format!("must be a number, but is {}", self.kind()))),
            Some(Err(DecimalError::TooPrecise)) if decimals == 0 => {
                Err(self.refuse(format!("must be a whole number, but is {}", self.shown())))
            }
            Some(Err(DecimalError::TooPrecise)) => {
                Err(self.refuse(format!("must have at most {decimals} decimals, but is {}", self.shown())))
            }
            Some(Err(DecimalError::TooLarge)) => Err(outside()),
            Some(Ok(value)) if (low..=high).contains(&value) => Ok(value),
            Some(Ok(_)) => Err(outside()),
        }
    }

    /// As [`Node::number`], in the type that the engine has for it.
    pub(crate) fn integer<T: TryFrom<i128>>(&self, range: Range) -> Result<T, Refusal> {
        T::try_from(self.number(range)?).map_err(|_| self.refuse("is outside the range of its type"))
    }

    fn read<T: Deserialize<'a>>(&self) -> Result<T, Refusal> {
        serde_json::from_str(self.raw.get()).map_err(|error| self.refuse(format!("cannot be read: {error}")))
    }

    /// The value as it stands, shortened.
    fn shown(&self) -> String {
        const MOST: usize = 40;
        let text = self.raw.get();
        match text.get(..MOST) {
            Some(start) if text.len() > MOST => format!("{start}…"),
            _ => text.to_owned(),
        }
    }

    fn kind(&self) -> &'static str {
        match self.raw.get().as_bytes().first() {
            Some(b'{') => "an object",
            Some(b'[') => "an array",
            Some(b'"') => "a text",
            Some(b't' | b'f') => "a truth value",
            Some(b'n') => "null",
            _ => "a number",
        }
    }
}

impl<'a> Fields<'a> {
    /// The field, which may be absent.
    pub(crate) fn optional(&self, name: &str) -> Option<Node<'a>> {
        let (_, raw) = self.entries.iter().find(|(entry, _)| entry == name)?;
        Some(Node { path: self.path_of(name), raw })
    }

    /// The field, which must be there.
    pub(crate) fn required(&self, name: &str) -> Result<Node<'a>, Refusal> {
        self.optional(name).ok_or_else(|| Refusal::new(self.path_of(name), "is missing"))
    }

    /// The path of a field of this object.
    pub(crate) fn path_of(&self, name: &str) -> String {
        join(&self.path, name)
    }
}

/// The path of a field of the object at `path`.
fn join(path: &str, name: &str) -> String {
    // names come from the file: nothing in them may look like the end of the line
    let name = name.escape_debug();
    if path.is_empty() { name.to_string() } else { format!("{path}.{name}") }
}

/// The fields of an object in their order, with those that are given twice.
struct Entries<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Entries<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;
        impl<'de> Visitor<'de> for All {
            type Value = Entries<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<Self::Value, M::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(All)
    }
}
