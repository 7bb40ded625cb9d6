//! String enums that keep the words of newer versions.
//!
//! During a rolling upgrade an older node reads rows and frames that a newer one has written. A
//! word that it does not know is kept in `Other` and written back unchanged, so that the older node
//! never damages what the newer one has stored.

use std::fmt;

#[cfg(not(target_arch = "wasm32"))]
use crate::limits::WORD_BYTES;

/// A short string, stored inline and therefore `Copy`: the word of a string enum that this version
/// does not know. It holds at most [`WORD_BYTES`] bytes; a longer text is cut. Programs of the browser
/// never write such a word back, so there it is not stored, and the enums stay one byte long.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Word {
    #[cfg(not(target_arch = "wasm32"))]
    bytes: [u8; WORD_BYTES],
    #[cfg(not(target_arch = "wasm32"))]
    length: u8,
}

#[cfg(target_arch = "wasm32")]
impl Word {
    /// An unknown word.
    pub fn new(_text: &str) -> Self {
        Self {}
    }

    /// A word that stands for every unknown one.
    pub fn as_str(&self) -> &str {
        "unknown"
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl Word {
    /// The word, cut at a character boundary if it is longer than [`WORD_BYTES`] bytes.
    pub fn new(text: &str) -> Self {
        let mut end = text.len().min(WORD_BYTES);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let mut bytes = [0; WORD_BYTES];
        bytes[..end].copy_from_slice(&text.as_bytes()[..end]);
        Self {
            bytes,
            length: u8::try_from(end).unwrap_or_default(),
        }
    }

    /// The word as it was received.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.bytes[..usize::from(self.length)]).unwrap_or_default()
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

/// Defines a string enum: its variants, their words on the wire and in the database, and
/// `Other(Word)` for the words of newer versions.
macro_rules! words {
    (
        $(#[doc = $doc:literal])*
        $name:ident { $($(#[doc = $about:literal])* $variant:ident = $word:literal,)* }
    ) => {
        $(#[doc = $doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[doc = $about])* $variant,)*
            /// A word of a newer version, kept as it was received.
            Other(crate::word::Word),
        }

        impl $name {
            /// The word on the wire and in the database.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $word,)*
                    Self::Other(word) => word.as_str(),
                }
            }

            /// The value that `word` stands for; `Other` for a word of a newer version.
            pub fn from_word(word: &str) -> Self {
                match word {
                    $($word => Self::$variant,)*
                    word => Self::Other(crate::word::Word::new(word)),
                }
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let word = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
                Ok(Self::from_word(&word))
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                let description = [$($doc),*].map(str::trim).join("\n");
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .description(Some(description))
                    .enum_values(Some([$($word),*]))
                    .into()
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for $name {
            fn name() -> std::borrow::Cow<'static, str> {
                stringify!($name).into()
            }
        }
    };
}
pub(crate) use words;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_word_is_preserved_and_a_long_one_is_cut_between_characters() {
        assert_eq!(Word::new("snoozed").as_str(), "snoozed");
        let long = format!("{}ü", "x".repeat(WORD_BYTES - 1));
        assert_eq!(Word::new(&long).as_str(), "x".repeat(WORD_BYTES - 1));
    }
}
