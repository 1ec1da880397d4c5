//! Why a file is refused.

use std::fmt;

/// The field that is not as the form asks, and what it asks. Written as `legs[3].strike: must be above 0`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The field, as in `legs[3].strike`; empty for the file as a whole.
    pub path: String,
    /// What is wrong and what is allowed.
    pub reason: String,
}

impl Refusal {
    /// A refusal of the field at `path`.
    pub fn new(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { path: path.into(), reason: reason.into() }
    }

    /// As an object with `path` and `reason`, in one line.
    pub fn to_json(&self) -> String {
        let text = |text: &str| serde_json::Value::from(text).to_string();
        format!("{{\"path\":{},\"reason\":{}}}", text(&self.path), text(&self.reason))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = if self.path.is_empty() { "portfolio" } else { &self.path };
        write!(f, "{path}: {}", self.reason)
    }
}

impl std::error::Error for Refusal {}
