//! Identity verification: the identity that a host page supplies for its visitor, and its verification.
//!
//! A proof is made by the site's server with the site's identity secret, which no page has: either
//! the HMAC of the visitor's id on the site, or a JWT that also contains their name and address. A
//! verified identity makes a visitor the same person on every device. An unverified one only
//! changes how agents see this visitor, marked as unverified, and gives access to no other
//! visitor's messages.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use deskbell_protocol::api::visitors::Identity as SuppliedIdentity;
use deskbell_protocol::limits;
use deskbell_store::visitors::{Identity, UNNAMED};
use hmac::{Hmac, Mac};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde::Deserialize;
use serde_json::{Map, Value};
use sha2::Sha256;

use crate::email_addresses;
use crate::secrets::jwt_crypto;
use crate::text;

const NO_SECRET: &str = "refused: the site has no identity secret";
const ODD_ID: &str = "refused: the external_id is not 1 to 200 bytes of printable text";
const ODD_SUB: &str = "refused: the sub of the JWT is not 1 to 200 bytes of printable text";
const NO_JWT: &str = "refused: the jwt is not a JSON Web Token";
const ODD_CLAIMS: &str = "refused: the claims of the JWT are malformed";
const NOT_SIGNED: &str = "refused: the JWT is not signed with the site's identity secret";

/// The result of verifying the identity that the host page supplied.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// No identity was supplied.
    Nothing,
    /// An identity without a proof was supplied.
    Declared(Identity),
    /// The visitor's id, at least, is verified.
    Verified {
        external_id: String,
        identity: Identity,
    },
    /// An invalid proof was supplied, for this reason. The whole identity is ignored.
    Refused(&'static str),
}

impl Claim {
    /// The result for the developer of the host page, in a response header.
    pub fn outcome(&self) -> Option<&'static str> {
        match self {
            Self::Nothing => None,
            Self::Declared(_) => Some("claimed"),
            Self::Verified { .. } => Some("verified"),
            Self::Refused(why) => Some(why),
        }
    }
}

#[derive(Clone, Deserialize)]
struct Claims {
    sub: String,
    name: Option<String>,
    email: Option<String>,
}

/// Verifies the supplied identity; `secret` is the site's, if it has one.
pub fn read(secret: Option<&str>, supplied: &SuppliedIdentity) -> Claim {
    if let Some(jwt) = &supplied.jwt {
        return read_jwt(secret, jwt);
    }
    let external_id = match supplied.external_id.as_deref().map(external_id) {
        None => None,
        Some(Some(id)) => Some(id),
        // The chat works without a verified identity, so a mistake of the page does not disable it.
        Some(None) => return Claim::Refused(ODD_ID),
    };
    let identity = Identity {
        name: supplied
            .name
            .as_deref()
            .and_then(text::visitor_name)
            .unwrap_or_default(),
        email: supplied
            .email
            .as_deref()
            .and_then(|email| email_addresses::parse(email).ok()),
        ..Identity::default()
    };
    let Some(hash) = &supplied.hash else {
        let identity = Identity {
            external_id,
            ..identity
        };
        return match identity == Identity::default() {
            true => Claim::Nothing,
            false => Claim::Declared(identity),
        };
    };
    let Some(secret) = secret else {
        return Claim::Refused(NO_SECRET);
    };
    let Some(external_id) = external_id else {
        return Claim::Refused("refused: there is a hash, but no external_id");
    };
    if !is_hash_of(secret, &external_id, hash) {
        return Claim::Refused("refused: the hash is not that of this external_id");
    }
    verified(external_id, identity)
}

/// The identity to store for a visitor whose identity was `before`.
pub fn after(before: &Identity, claim: Claim) -> Identity {
    let name = |supplied: String| match supplied.as_str() {
        "" if before.name.is_empty() => UNNAMED.to_owned(),
        "" => before.name.clone(),
        _ => supplied,
    };
    match claim {
        Claim::Nothing | Claim::Refused(_) => before.clone(),
        // An unverified identity does not overwrite a verified one.
        Claim::Declared(_) if before.verified => before.clone(),
        Claim::Declared(identity) => Identity {
            name: name(identity.name),
            external_id: identity.external_id.or_else(|| before.external_id.clone()),
            verified: false,
            email: identity.email.or_else(|| before.email.clone()),
            email_verified: false,
        },
        Claim::Verified {
            external_id,
            identity,
        } => {
            let keeps =
                before.email_verified && !identity.email_verified || identity.email.is_none();
            Identity {
                name: name(identity.name),
                external_id: Some(external_id),
                verified: true,
                email_verified: if keeps {
                    before.email_verified
                } else {
                    identity.email_verified
                },
                email: if keeps {
                    before.email.clone()
                } else {
                    identity.email
                },
            }
        }
    }
}

fn verified(external_id: String, identity: Identity) -> Claim {
    let identity = Identity {
        verified: true,
        external_id: Some(external_id.clone()),
        ..identity
    };
    Claim::Verified {
        external_id,
        identity,
    }
}

fn read_jwt(secret: Option<&str>, jwt: &str) -> Claim {
    let Some(secret) = secret else {
        return Claim::Refused(NO_SECRET);
    };
    let mut rules = Validation::new(Algorithm::HS256);
    rules.set_required_spec_claims(&["exp", "sub"]);
    rules.validate_aud = false;
    rules.validate_nbf = true;
    rules.leeway = 0;
    jwt_crypto::install();
    let key = DecodingKey::from_secret(secret.as_bytes());
    if let Some(fault) = header_fault(jwt) {
        return Claim::Refused(fault);
    }
    let claims = match jsonwebtoken::decode::<Claims>(jwt, &key, &rules) {
        // Extensions that must be understood: this server knows none (RFC 7515, 4.1.11).
        Ok(data) if data.header.crit.is_some() => {
            return Claim::Refused("refused: the JWT has critical extensions (crit)");
        }
        Ok(data) => data.claims,
        Err(error) => {
            return Claim::Refused(match error.kind() {
                ErrorKind::ExpiredSignature => "refused: the JWT has expired",
                ErrorKind::ImmatureSignature => "refused: the nbf of the JWT is in the future",
                ErrorKind::Json(_)
                | ErrorKind::MissingRequiredClaim(_)
                | ErrorKind::InvalidClaimFormat(_) => claims_fault(jwt),
                _ => NOT_SIGNED,
            });
        }
    };
    let Some(external_id) = external_id(&claims.sub) else {
        return Claim::Refused(ODD_SUB);
    };
    let email = claims
        .email
        .and_then(|email| email_addresses::parse(&email).ok());
    let identity = Identity {
        name: claims
            .name
            .as_deref()
            .and_then(text::visitor_name)
            .unwrap_or_default(),
        email_verified: email.is_some(),
        email,
        ..Identity::default()
    };
    verified(external_id, identity)
}

/// The fault in the header of a JWT, if it has one.
fn header_fault(jwt: &str) -> Option<&'static str> {
    let header = jwt.split('.').next().unwrap_or_default();
    let header = URL_SAFE_NO_PAD.decode(header).ok();
    let header = header.and_then(|json| serde_json::from_slice::<Map<String, Value>>(&json).ok());
    let Some(header) = header else {
        return Some(NO_JWT);
    };
    match header.get("alg") {
        Some(alg) if alg == "HS256" => {
            let is_malformed = jsonwebtoken::decode_header(jwt).is_err();
            is_malformed.then_some("refused: the header of the JWT is malformed")
        }
        _ => Some("refused: the alg of the JWT is not HS256"),
    }
}

/// The fault in the claims of a JWT whose signature is valid but whose claims are not.
fn claims_fault(jwt: &str) -> &'static str {
    let claims = jsonwebtoken::dangerous::insecure_decode_claims::<Map<String, Value>>(jwt);
    let Ok(claims) = claims else {
        return "refused: the claims of the JWT are not a JSON object";
    };
    let is_time = |value: &Value| value.as_f64().is_some_and(|seconds| seconds >= 0.0);
    let is_text_or_null = |value: &Value| value.is_string() || value.is_null();
    match claims.get("exp") {
        None => return "refused: the JWT has no exp",
        Some(exp) if !is_time(exp) => {
            return "refused: the exp of the JWT is not a number of seconds since 1970";
        }
        Some(_) => {}
    }
    match claims.get("sub") {
        None => return "refused: the JWT has no sub",
        Some(sub) if !sub.is_string() => return "refused: the sub of the JWT is not text",
        Some(_) => {}
    }
    if claims.get("nbf").is_some_and(|nbf| !is_time(nbf)) {
        return "refused: the nbf of the JWT is not a number of seconds since 1970";
    }
    if claims
        .get("name")
        .is_some_and(|name| !is_text_or_null(name))
    {
        return "refused: the name in the JWT is not text";
    }
    if claims
        .get("email")
        .is_some_and(|email| !is_text_or_null(email))
    {
        return "refused: the email in the JWT is not text";
    }
    ODD_CLAIMS
}

/// Validates the id that a site gives a visitor.
fn external_id(id: &str) -> Option<String> {
    let fits = (1..=limits::EXTERNAL_ID_BYTES).contains(&id.len());
    (fits && id.chars().all(text::is_visible)).then(|| id.to_owned())
}

/// Compares in constant time.
fn is_hash_of(secret: &str, external_id: &str, hash: &str) -> bool {
    let Some(hash) = from_hex(hash) else {
        return false;
    };
    let mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes());
    let mut mac = mac.expect("a key of any length is good");
    mac.update(external_id.as_bytes());
    mac.verify_slice(&hash).is_ok()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim().as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let bytes = digits
        .chunks_exact(2)
        .map(|pair| u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok());
    bytes.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 4231, test case 2.
    #[test]
    fn the_hash_is_hmac_sha_256_in_hexadecimal() {
        let hash = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        let words = "what do ya want for nothing?";
        assert!(is_hash_of("Jefe", words, hash));
        assert!(is_hash_of("Jefe", words, &hash.to_uppercase()));
        assert!(!is_hash_of("jefe", words, hash));
        assert!(!is_hash_of("Jefe", words, &hash[..62]));
        assert!(!is_hash_of("Jefe", words, "zz"));
        assert!(!is_hash_of("Jefe", words, ""));
    }

    #[test]
    fn an_unverified_identity_does_not_overwrite_a_verified_one() {
        let vera = Identity {
            name: "Vera".to_owned(),
            external_id: Some("7".to_owned()),
            verified: true,
            email: Some("vera@shop.example".to_owned()),
            email_verified: true,
        };
        let supplied = Identity {
            name: "The boss".to_owned(),
            email: Some("boss@shop.example".to_owned()),
            ..Identity::default()
        };
        assert_eq!(after(&vera, Claim::Declared(supplied.clone())), vera);
        let by_hash = verified("7".to_owned(), supplied);
        let known = after(&vera, by_hash);
        assert_eq!(known.email, vera.email, "a hash proves no address");
        assert!(known.email_verified);
    }
}
