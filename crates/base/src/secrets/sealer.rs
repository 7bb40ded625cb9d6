//! The sealer: encrypts secrets that the database stores, with a key derived from the
//! installation's secret. A copy of the database alone reveals none of them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, Salt};

use crate::clock;

/// Encrypts and decrypts.
pub struct Sealer(LessSafeKey);

/// The purpose of a ciphertext: one purpose cannot decrypt what another has encrypted.
#[derive(Clone, Copy, Debug)]
pub enum Sealed {
    Email,
    SecondFactor,
}

impl Sealed {
    fn word(self) -> &'static [u8] {
        match self {
            Self::Email => b"letter",
            Self::SecondFactor => b"second factor",
        }
    }
}

impl Sealer {
    /// Derives the key from the installation's secret.
    pub fn new(secret: &[u8]) -> Self {
        let derived = Salt::new(HKDF_SHA256, b"deskbell vault").extract(secret);
        let key = derived
            .expand(&[b"1"], &CHACHA20_POLY1305)
            .map(UnboundKey::from)
            .expect("a key of this length can be derived");
        Self(LessSafeKey::new(key))
    }

    /// Encrypts a text for one purpose.
    pub fn seal(&self, what: Sealed, plain: &[u8]) -> String {
        let nonce = clock::random::<NONCE_LEN>();
        let mut bytes = plain.to_vec();
        self.0
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(what.word()),
                &mut bytes,
            )
            .expect("it is short enough to be sealed");
        STANDARD_NO_PAD.encode([&nonce[..], &bytes].concat())
    }

    /// Decrypts a text; `None` if it was encrypted for another purpose, with another secret, or is
    /// damaged.
    pub fn open(&self, what: Sealed, sealed: &str) -> Option<Vec<u8>> {
        let bytes = STANDARD_NO_PAD.decode(sealed).ok()?;
        let (nonce, sealed) = bytes.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut sealed = sealed.to_vec();
        let plain = self
            .0
            .open_in_place(nonce, Aad::from(what.word()), &mut sealed);
        plain.ok().map(|plain| plain.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sealed_value_opens_with_its_key_and_its_purpose_only() {
        let sealer = Sealer::new(b"one secret");
        let sealed = sealer.seal(Sealed::Email, b"a link");
        assert_eq!(
            sealer.open(Sealed::Email, &sealed).as_deref(),
            Some(&b"a link"[..])
        );
        assert_eq!(sealer.open(Sealed::SecondFactor, &sealed), None);
        assert_eq!(Sealer::new(b"another").open(Sealed::Email, &sealed), None);
        assert_ne!(
            sealed,
            sealer.seal(Sealed::Email, b"a link"),
            "never twice the same"
        );
    }

    #[test]
    fn a_damaged_value_does_not_open() {
        let sealer = Sealer::new(b"one secret");
        let sealed = sealer.seal(Sealed::Email, b"a link");
        for damaged in ["", "?", "AAAA", &sealed[1..], &sealed[..sealed.len() - 4]] {
            assert_eq!(sealer.open(Sealed::Email, damaged), None, "{damaged}");
        }
    }
}
