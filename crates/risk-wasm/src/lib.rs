//! The margin engine for WebAssembly: a file in, its answer out. Nothing is computed here.
//!
//! Four functions on numbers, so that a module needs no generated code beside it. The caller asks
//! [`novate_input`] for room, writes the file there, calls [`novate_margin`] and reads the text at [`novate_output`], of
//! [`novate_output_length`] bytes. Places are valid until the next call. app/risk is the loader.

// exporting a function by its name is the one thing that counts as unsafe here: no other function may have that name
#![allow(unsafe_code)]

use std::sync::{Mutex, MutexGuard, PoisonError};

static INPUT: Mutex<Vec<u8>> = Mutex::new(Vec::new());
static OUTPUT: Mutex<Vec<u8>> = Mutex::new(Vec::new());

/// [`novate_margin`] has an answer.
const ANSWERED: u32 = 0;
/// [`novate_margin`] has a refusal: an object with `path` and `reason`.
const REFUSED: u32 = 1;

/// Nothing panics while it holds a lock, and bytes are never half changed.
fn lock(bytes: &Mutex<Vec<u8>>) -> MutexGuard<'_, Vec<u8>> {
    bytes.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Room for a file of `length` bytes: where to write it.
#[unsafe(no_mangle)]
pub extern "C" fn novate_input(length: usize) -> *mut u8 {
    let mut input = lock(&INPUT);
    *input = vec![0; length];
    input.as_mut_ptr()
}

/// Margins the file at [`novate_input`]: 0 when the output is its answer, 1 when it is a refusal.
#[unsafe(no_mangle)]
pub extern "C" fn novate_margin() -> u32 {
    let file = std::mem::take(&mut *lock(&INPUT));
    let (output, status) = match novate_portfolio::margin_of_bytes(&file) {
        Ok(answer) => (answer, ANSWERED),
        Err(refusal) => (refusal.to_json(), REFUSED),
    };
    *lock(&OUTPUT) = output.into_bytes();
    status
}

/// Where the output is, in UTF-8.
#[unsafe(no_mangle)]
pub extern "C" fn novate_output() -> *const u8 {
    lock(&OUTPUT).as_ptr()
}

/// Bytes of the output.
#[unsafe(no_mangle)]
pub extern "C" fn novate_output_length() -> usize {
    lock(&OUTPUT).len()
}
