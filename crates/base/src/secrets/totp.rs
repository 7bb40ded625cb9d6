//! Time-based one-time passwords (TOTP, RFC 6238): SHA-1, six digits, 30 seconds, as every
//! authenticator app supports them.

use std::fmt::Write;

use data_encoding::BASE32_NOPAD;
use deskbell_protocol::UnixMs;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use ring::hmac::{HMAC_SHA1_FOR_LEGACY_USE_ONLY, Key, sign};
use subtle::ConstantTimeEq;

use crate::clock;

/// The length of the secret in bytes: that of the hash.
pub const SECRET_BYTES: usize = 20;
const STEP_MS: i64 = 30_000;
/// The tolerated difference of clocks, in steps.
const DRIFT: i64 = 1;

/// Generates a secret.
pub fn new_secret() -> [u8; SECRET_BYTES] {
    clock::random()
}

/// Finds the time step around `now` at which `code` is valid. The codes of all steps are compared, each
/// in constant time, so that the time of an answer does not reveal digits.
pub fn find_step(secret: &[u8], code: &str, now: UnixMs) -> Option<i64> {
    let this = now / STEP_MS;
    (this - DRIFT..=this + DRIFT)
        .filter(|step| {
            code_at(secret, *step)
                .as_bytes()
                .ct_eq(code.as_bytes())
                .into()
        })
        .max()
}

/// The code of a time step.
pub fn code_at(secret: &[u8], step: i64) -> String {
    let key = Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let offset = usize::from(tag[tag.len() - 1] & 0xf);
    let number = tag[offset..offset + 4]
        .iter()
        .fold(0, |number: u32, byte| number << 8 | u32::from(*byte));
    format!("{:06}", (number & 0x7fff_ffff) % 1_000_000)
}

/// Formats the secret for typing (Base32).
pub fn spell(secret: &[u8]) -> String {
    BASE32_NOPAD.encode(secret)
}

/// The otpauth:// URI that the QR code encodes.
pub fn otpauth_url(secret: &[u8], account: &str, issuer: &str) -> String {
    let issuer = utf8_percent_encode(issuer, NON_ALPHANUMERIC);
    let mut url = format!("otpauth://totp/{issuer}:");
    let account = utf8_percent_encode(account, NON_ALPHANUMERIC);
    let _ = write!(url, "{account}?secret={}&issuer={issuer}", spell(secret));
    url
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of RFC 6238, appendix B, cut to six digits.
    #[test]
    fn codes_match_the_standards_test_vectors() {
        let secret = b"12345678901234567890";
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(code_at(secret, seconds / 30), code);
            let now = seconds * 1000;
            assert_eq!(find_step(secret, code, now), Some(seconds / 30));
            assert!(
                find_step(secret, code, now + STEP_MS).is_some(),
                "a slow clock"
            );
            assert_eq!(find_step(secret, code, now + 3 * STEP_MS), None);
        }
    }

    #[test]
    fn an_account_name_is_escaped_in_the_otpauth_uri() {
        let url = otpauth_url(
            b"12345678901234567890",
            "ada&issuer=x@north.example",
            "Deskbell",
        );
        assert_eq!(
            url,
            "otpauth://totp/Deskbell:ada%26issuer%3Dx%40north%2Eexample\
             ?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Deskbell"
        );
    }
}
