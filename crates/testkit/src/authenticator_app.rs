//! An authenticator app, which generates TOTP codes.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, Result};
use data_encoding::BASE32_NOPAD;
use ring::hmac::{HMAC_SHA1_FOR_LEGACY_USE_ONLY, Key, sign};

/// The shared secret, and the time at which it was scanned.
pub struct AuthenticatorApp {
    secret: Vec<u8>,
    step: u64,
}

impl AuthenticatorApp {
    /// Scans the otpauth URL of a QR code.
    pub fn scan(otpauth_url: &str) -> Result<Self> {
        let (_, rest) = otpauth_url.split_once("secret=").context("a secret")?;
        let secret = rest.split('&').next().unwrap_or_default();
        Ok(Self {
            secret: BASE32_NOPAD.decode(secret.as_bytes())?,
            step: SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs() / 30,
        })
    }

    /// The code this many half minutes after the scan. A server also accepts the code before and
    /// the one after, so in a test of half a minute 0 and 1 are valid.
    pub fn code(&self, later: u64) -> String {
        let key = Key::new(HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.secret);
        let tag = sign(&key, &(self.step + later).to_be_bytes());
        let tag = tag.as_ref();
        let from = usize::from(tag[19] % 16);
        let word: [u8; 4] = [
            tag[from] & 0x7f,
            tag[from + 1],
            tag[from + 2],
            tag[from + 3],
        ];
        format!("{:06}", u32::from_be_bytes(word) % 1_000_000)
    }
}
