//! The property of identity verification that fuzzing tests: an identity is verified only if it is
//! signed with the site's secret, whatever the input contains.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use deskbell_base::identity_verification::{Claim, read};
use deskbell_base::secrets::jwt_crypto;
use deskbell_protocol::api::visitors::Identity;
use deskbell_protocol::limits;
use jsonwebtoken::{Algorithm, EncodingKey};

const SECRET: &str = "the secret of the shop";
const VALID_CLAIMS: &[u8] = br#"{"sub":"4711","exp":4102444800}"#;
const FOREIGN_SECRET: &str = "the secret of another shop";

/// Checks the property. The first byte chooses the meaning of the others: a JWT, the claims of a JWT, or
/// an id and a hash.
pub fn check(bytes: &[u8]) {
    jwt_crypto::install();
    let Some((kind, content)) = bytes.split_first() else {
        return;
    };
    match kind % 3 {
        0 => {
            let jwt = String::from_utf8_lossy(content).into_owned();
            assert!(!is_verified(SECRET, from_jwt(jwt)), "nobody has signed it");
        }
        1 => {
            let jwt = signed(content);
            assert!(!is_verified(FOREIGN_SECRET, from_jwt(jwt.clone())));
            // Arbitrary claims must not panic; valid ones are accepted.
            is_verified(SECRET, from_jwt(jwt.clone()));
            assert!(is_verified(SECRET, from_jwt(signed(VALID_CLAIMS))));
            let damaged = format!("{jwt}A");
            assert!(!is_verified(SECRET, from_jwt(damaged)), "it is damaged");
        }
        _ => {
            let text = String::from_utf8_lossy(content);
            let (external_id, hash) = text.split_once('\n').unwrap_or((&text, ""));
            let supplied = Identity {
                external_id: Some(external_id.to_owned()),
                hash: Some(hash.to_owned()),
                ..Identity::default()
            };
            assert!(!is_verified(SECRET, supplied), "nobody knows the hash");
        }
    }
}

/// Whether an identity is verified; a verified id must respect its limits.
fn is_verified(secret: &str, supplied: Identity) -> bool {
    let Claim::Verified {
        external_id,
        identity,
    } = read(Some(secret), &supplied)
    else {
        return false;
    };
    assert!((1..=limits::EXTERNAL_ID_BYTES).contains(&external_id.len()));
    assert!(identity.verified);
    assert_eq!(identity.external_id, Some(external_id));
    true
}

fn from_jwt(jwt: String) -> Identity {
    Identity {
        jwt: Some(jwt),
        ..Identity::default()
    }
}

/// A JWT with these bytes as its claims.
fn signed(claims: &[u8]) -> String {
    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"HS256","typ":"JWT"}"#);
    let message = format!("{header}.{}", URL_SAFE_NO_PAD.encode(claims));
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    let signature = jsonwebtoken::crypto::sign(message.as_bytes(), &key, Algorithm::HS256);
    format!("{message}.{}", signature.expect("HS256 signs any bytes"))
}
