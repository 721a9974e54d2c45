// SPDX-License-Identifier: Apache-2.0
//! Text in records: zero-terminated, or as long as its field.

/// Up to the first zero. What is not UTF-8 ends it: no venue names anything so.
pub(crate) fn text(bytes: &[u8]) -> &str {
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    match core::str::from_utf8(&bytes[..end]) {
        Ok(text) => text,
        // The part before the error is valid by its own word.
        Err(error) => core::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or(""),
    }
}

#[cfg(test)]
mod tests {
    use super::text;

    #[test]
    fn ends_at_zero_at_the_end_or_at_nonsense() {
        assert_eq!(text(b"AAPL\0\0rest"), "AAPL");
        assert_eq!(text(b"FULL"), "FULL");
        assert_eq!(text(b"AB\xff\0"), "AB");
        assert_eq!(text(b""), "");
    }
}
