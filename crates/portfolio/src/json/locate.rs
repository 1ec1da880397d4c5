//! Which field a place in the text belongs to: for text that is not JSON, such as a bare NaN.

/// Paths are cut after so many levels; the form has fewer.
const MOST_LEVELS: usize = 8;

/// An object or array that is open.
enum Open {
    /// The last key, once there is one.
    Object(Option<String>),
    /// The index of the element.
    Array(usize),
}

/// The path of the field at this byte of a text that is JSON up to there.
pub(super) fn path_at(text: &str, offset: usize) -> String {
    let mut open = Vec::new();
    let mut expects_key = false;
    let mut rest = text.get(..offset).unwrap_or(text);
    while let Some(next) = rest.chars().next() {
        let mut length = next.len_utf8();
        match next {
            '{' => {
                open.push(Open::Object(None));
                expects_key = true;
            }
            '[' => {
                open.push(Open::Array(0));
                expects_key = false;
            }
            '}' | ']' => {
                open.pop();
                expects_key = false;
            }
            ',' => match open.last_mut() {
                Some(Open::Object(key)) => {
                    *key = None;
                    expects_key = true;
                }
                Some(Open::Array(index)) => *index += 1,
                None => {}
            },
            '"' => {
                length = string_length(rest);
                if let (true, Some(Open::Object(key))) = (expects_key, open.last_mut()) {
                    *key = rest.get(..length).and_then(|string| serde_json::from_str(string).ok());
                    expects_key = false;
                }
            }
            _ => {}
        }
        rest = rest.get(length..).unwrap_or_default();
    }
    let mut path = String::new();
    for open in open.iter().take(MOST_LEVELS) {
        match open {
            Open::Object(Some(key)) => path = super::join(&path, key),
            Open::Object(None) => break,
            Open::Array(index) => path = format!("{path}[{index}]"),
        }
    }
    path
}

/// Bytes of the string that `text` starts with, quotes included; all of the text when it does not end.
fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (place, byte) in text.bytes().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return place + 1,
            _ => {}
        }
    }
    text.len()
}
