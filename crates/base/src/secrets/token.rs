//! Tokens: signed ones (JWT, HS256) for agents and visitors, and random ones, which are stored as hashes.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use deskbell_protocol::{SessionId, SiteId, UnixMs, UserId, VisitorId, WorkspaceId};
use hmac::{Hmac, Mac};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use ring::hkdf::{HKDF_SHA256, KeyType, Salt};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::jwt_crypto;
use crate::clock;

const ISSUER: &str = "deskbell";
const AGENT_AUDIENCE: &str = "deskbell:agent";
const VISITOR_AUDIENCE: &str = "deskbell:visitor";
const DEVICE_AUDIENCE: &str = "deskbell:device";

/// The validity of an agent's access token, in milliseconds: 15 minutes.
pub const ACCESS_MS: i64 = 15 * 60 * 1000;
/// The validity of a refresh token, in milliseconds: 30 days.
pub const REFRESH_MS: i64 = 30 * 24 * 3600 * 1000;
/// The validity of a device token, in milliseconds: a year from the first sign-in.
pub const DEVICE_MS: i64 = 365 * 24 * 3600 * 1000;
/// The validity of a visitor's token, in milliseconds: 180 days.
pub const VISITOR_MS: i64 = 180 * 24 * 3600 * 1000;

/// The error of a token that is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenError {
    /// It was valid and has expired.
    Expired,
    /// It was not signed by this installation, or for another purpose.
    Invalid,
}

/// Claims of an agent's access token. The role is not among them: the database has it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AgentClaims {
    pub sub: UserId,
    pub workspace: WorkspaceId,
    /// The session of the token, which ends with the session.
    pub session: SessionId,
    iss: String,
    aud: String,
    iat: i64,
    exp: i64,
}

/// Claims of a device token: this user has signed in with this browser before. It gives no access.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DeviceClaims {
    pub sub: UserId,
    /// The random id of the browser.
    pub device: Uuid,
    iss: String,
    aud: String,
    exp: i64,
}

/// Claims of a visitor's token.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct VisitorClaims {
    pub sub: VisitorId,
    pub site: SiteId,
    pub workspace: WorkspaceId,
    /// The token generation. A verified identity starts a new one, which revokes all tokens before
    /// it.
    #[serde(default)]
    pub generation: i64,
    iss: String,
    aud: String,
    pub iat: i64,
    exp: i64,
}

impl AgentClaims {
    /// When the token expires.
    pub fn expires_at(&self) -> UnixMs {
        self.exp.saturating_mul(1000)
    }
}

impl VisitorClaims {
    /// When the token expires.
    pub fn expires_at(&self) -> UnixMs {
        self.exp.saturating_mul(1000)
    }
}

/// Signs and verifies tokens, and derives secrets. Each purpose has a key of its own, derived from
/// the secret of the installation by HKDF: an output of one purpose is of no use for another.
#[derive(Clone)]
pub struct TokenSigner {
    signing: EncodingKey,
    verifying: DecodingKey,
    /// Verifies tokens that were signed with the secret itself, before there were derived keys.
    verifying_legacy: DecodingKey,
    deriving: Hmac<Sha256>,
    deriving_legacy: Hmac<Sha256>,
}

impl TokenSigner {
    /// Derives the keys from the secret of the installation.
    pub fn new(secret: &[u8]) -> Self {
        jwt_crypto::install();
        let signing = derive_key(secret, SIGNING);
        let hmac = |key: &[u8]| Hmac::new_from_slice(key).expect("HMAC takes keys of any length");
        Self {
            signing: EncodingKey::from_secret(&signing),
            verifying: DecodingKey::from_secret(&signing),
            verifying_legacy: DecodingKey::from_secret(secret),
            deriving: hmac(&derive_key(secret, DERIVING)),
            deriving_legacy: hmac(secret),
        }
    }

    /// Derives a secret for `purpose`, the same each time.
    pub fn derive(&self, purpose: &str) -> String {
        mac(&self.deriving, purpose)
    }

    /// Derives a secret as [`Self::derive`] did before there were derived keys: such secrets are in
    /// use on the servers of customers.
    pub fn derive_legacy(&self, purpose: &str) -> String {
        mac(&self.deriving_legacy, purpose)
    }

    /// Signs the access token of a user in a workspace, valid for [`ACCESS_MS`].
    pub fn sign_agent(
        &self,
        session: SessionId,
        user: UserId,
        workspace: WorkspaceId,
        now: UnixMs,
    ) -> String {
        self.sign(&AgentClaims {
            sub: user,
            workspace,
            session,
            iss: ISSUER.to_owned(),
            aud: AGENT_AUDIENCE.to_owned(),
            iat: now / 1000,
            exp: (now + ACCESS_MS) / 1000,
        })
    }

    /// Signs the token of a visitor, valid for [`VISITOR_MS`].
    pub fn sign_visitor(
        &self,
        visitor: VisitorId,
        site: SiteId,
        workspace: WorkspaceId,
        generation: i64,
        now: UnixMs,
    ) -> String {
        self.sign(&VisitorClaims {
            sub: visitor,
            site,
            workspace,
            generation,
            iss: ISSUER.to_owned(),
            aud: VISITOR_AUDIENCE.to_owned(),
            iat: now / 1000,
            exp: (now + VISITOR_MS) / 1000,
        })
    }

    /// Signs a device token: this user has signed in with this browser. Valid for [`DEVICE_MS`].
    pub fn sign_device(&self, user: UserId, now: UnixMs) -> String {
        self.sign(&DeviceClaims {
            sub: user,
            device: Uuid::from_bytes(clock::random()),
            iss: ISSUER.to_owned(),
            aud: DEVICE_AUDIENCE.to_owned(),
            exp: (now + DEVICE_MS) / 1000,
        })
    }

    /// Verifies a device token.
    pub fn read_device(&self, token: &str) -> Result<DeviceClaims, TokenError> {
        self.read(token, DEVICE_AUDIENCE)
    }

    /// Verifies an agent's access token.
    pub fn read_agent(&self, token: &str) -> Result<AgentClaims, TokenError> {
        self.read(token, AGENT_AUDIENCE)
    }

    /// Verifies a visitor's token.
    pub fn read_visitor(&self, token: &str) -> Result<VisitorClaims, TokenError> {
        self.read(token, VISITOR_AUDIENCE)
    }

    fn sign(&self, claims: &impl Serialize) -> String {
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &self.signing)
            .expect("our claims are plain JSON")
    }

    fn read<T: DeserializeOwned + Clone>(
        &self,
        token: &str,
        audience: &str,
    ) -> Result<T, TokenError> {
        let mut rules = Validation::new(Algorithm::HS256);
        rules.set_issuer(&[ISSUER]);
        rules.set_audience(&[audience]);
        rules.set_required_spec_claims(&["exp", "iss", "aud"]);
        rules.leeway = 0;
        let decode = |key| jsonwebtoken::decode::<T>(token, key, &rules);
        let decoded = match decode(&self.verifying) {
            Err(error) if matches!(error.kind(), ErrorKind::InvalidSignature) => {
                decode(&self.verifying_legacy)
            }
            decoded => decoded,
        };
        match decoded {
            // Extensions that must be understood: this server knows none (RFC 7515, 4.1.11).
            Ok(data) if data.header.crit.is_some() => Err(TokenError::Invalid),
            Ok(data) => Ok(data.claims),
            Err(error) if matches!(error.kind(), ErrorKind::ExpiredSignature) => {
                Err(TokenError::Expired)
            }
            Err(_) => Err(TokenError::Invalid),
        }
    }
}

/// The purposes of derived keys. They never change, or everybody is signed out.
const SIGNING: &[u8] = b"sign tokens";
const DERIVING: &[u8] = b"derive secrets";
/// The length of a derived key in bytes: that of the hash.
const KEY_BYTES: usize = 32;

/// Derives the key of a purpose by HKDF-SHA256.
fn derive_key(secret: &[u8], purpose: &[u8]) -> [u8; KEY_BYTES] {
    let mut key = [0; KEY_BYTES];
    Salt::new(HKDF_SHA256, b"deskbell tokens")
        .extract(secret)
        .expand(&[purpose], KeyLength)
        .and_then(|derived| derived.fill(&mut key))
        .expect("a key of this length can be derived");
    key
}

struct KeyLength;

impl KeyType for KeyLength {
    fn len(&self) -> usize {
        KEY_BYTES
    }
}

fn mac(key: &Hmac<Sha256>, text: &str) -> String {
    let mut mac = key.clone();
    mac.update(text.as_bytes());
    URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
}

/// Generates a refresh token: 32 random bytes. The database has only its [`hash`].
pub fn random() -> String {
    URL_SAFE_NO_PAD.encode(clock::random::<32>())
}

/// The prefix of API tokens, by which people and secret scanners recognise them.
pub const API_TOKEN_PREFIX: &str = "deskbell_";

/// Generates an API token.
pub fn random_api_token() -> String {
    API_TOKEN_PREFIX.to_owned() + &random()
}

/// Hashes a random token for storage.
pub fn hash(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(token))
}

/// The property that fuzzing tests. The first byte chooses the meaning of the others: a token, claims
/// signed with our secret, or damage to a token.
#[cfg(any(test, fuzzing))]
pub(crate) fn check(bytes: &[u8]) {
    let tokens = TokenSigner::new(b"the secret");
    let now = clock::now();
    match bytes.split_first() {
        Some((b'c', claims)) => {
            let Ok(claims) = serde_json::from_slice::<serde_json::Value>(claims) else {
                return;
            };
            let token = tokens.sign(&claims);
            let (visitor, agent) = (tokens.read_visitor(&token), tokens.read_agent(&token));
            assert!(visitor.is_err() || agent.is_err(), "nobody is both");
            if let Ok(visitor) = visitor {
                assert!(visitor.expires_at() >= now - 1_000, "it is good still");
            }
            if let Ok(agent) = agent {
                assert!(agent.expires_at() >= now - 1_000, "it is good still");
            }
        }
        Some((b'd', damage)) => {
            let good = tokens.sign_visitor(
                VisitorId::from_parts(1, [1; 10]),
                SiteId::from_parts(1, [2; 10]),
                WorkspaceId::from_parts(1, [3; 10]),
                0,
                now,
            );
            assert!(tokens.read_visitor(&good).is_ok() && tokens.read_agent(&good).is_err());
            let mut damaged = good.clone().into_bytes();
            for pair in damage.chunks_exact(2) {
                let index = usize::from(pair[0]) * 2 % damaged.len();
                damaged[index] ^= pair[1];
            }
            if let Ok(damaged) = String::from_utf8(damaged)
                && damaged != good
            {
                assert_eq!(
                    tokens.read_visitor(&damaged).err(),
                    Some(TokenError::Invalid)
                );
            }
        }
        Some((_, token)) => {
            if let Ok(token) = str::from_utf8(token) {
                assert_eq!(tokens.read_agent(token).err(), Some(TokenError::Invalid));
                assert_eq!(tokens.read_visitor(token).err(), Some(TokenError::Invalid));
            }
        }
        None => {}
    }
}

#[cfg(test)]
mod tests {
    use super::check;

    #[test]
    fn inputs_that_fuzzing_found_stay_fixed() {
        let seen = crate::fuzzed::each("tokens", check);
        assert!(seen > 0, "there is a corpus");
    }
}
