//! Tokens: signed ones (JWT, HS256) for agents and visitors, and random ones, which are stored as hashes.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use deskbell_protocol::{AuthSessionId, SiteId, UnixMs, UserId, VisitorId, WorkspaceId};
use hmac::{Hmac, Mac};
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
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

/// How long an agent's access token is good, in milliseconds: 15 minutes.
pub const ACCESS_MS: i64 = 15 * 60 * 1000;
/// How long a refresh token is good, in milliseconds: 30 days.
pub const REFRESH_MS: i64 = 30 * 24 * 3600 * 1000;
/// How long a browser is known, in milliseconds: a year from the first time somebody signed in.
pub const DEVICE_MS: i64 = 365 * 24 * 3600 * 1000;
/// How long a visitor's token is good, in milliseconds: 180 days.
pub const VISITOR_MS: i64 = 180 * 24 * 3600 * 1000;

/// Why a token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenError {
    /// It was good once.
    Expired,
    /// It is not one of ours, or not for this.
    Invalid,
}

/// What an agent's access token says. The role is not in it: that is the database's to say.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AgentClaims {
    pub sub: UserId,
    pub workspace: WorkspaceId,
    /// It is good while this session is.
    pub session: AuthSessionId,
    iss: String,
    aud: String,
    iat: i64,
    exp: i64,
}

/// What a browser's token says: this user has signed in with it before. It opens nothing.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct DeviceClaims {
    pub sub: UserId,
    /// Which browser.
    pub device: Uuid,
    iss: String,
    aud: String,
    exp: i64,
}

/// What a visitor's token says.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct VisitorClaims {
    pub sub: VisitorId,
    pub site: SiteId,
    pub workspace: WorkspaceId,
    /// With the proof of who they are a new one begins, and the tokens of those before it end.
    #[serde(default)]
    pub generation: i64,
    iss: String,
    aud: String,
    pub iat: i64,
    exp: i64,
}

impl AgentClaims {
    /// When the token's time is over.
    pub fn expires_at(&self) -> UnixMs {
        self.exp.saturating_mul(1000)
    }
}

impl VisitorClaims {
    /// When the token's time is over.
    pub fn expires_at(&self) -> UnixMs {
        self.exp.saturating_mul(1000)
    }
}

/// Signs tokens and reads them back.
#[derive(Clone)]
pub struct TokenSigner {
    signing: EncodingKey,
    verifying: DecodingKey,
    deriving: Hmac<Sha256>,
}

impl TokenSigner {
    /// From the installation's secret.
    pub fn new(secret: &[u8]) -> Self {
        jwt_crypto::install();
        Self {
            signing: EncodingKey::from_secret(secret),
            verifying: DecodingKey::from_secret(secret),
            deriving: Hmac::new_from_slice(secret).expect("a key of any length is good"),
        }
    }

    /// A secret for `what`, the same each time, that tells nothing of ours.
    pub fn derive(&self, what: &str) -> String {
        let mut mac = self.deriving.clone();
        mac.update(what.as_bytes());
        URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
    }

    /// A token that says: this user acts in this workspace, for [`ACCESS_MS`].
    pub fn sign_agent(
        &self,
        session: AuthSessionId,
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

    /// A token that says: this is that visitor, for [`VISITOR_MS`].
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

    /// A token that says: this user has signed in with this browser, for [`DEVICE_MS`].
    pub fn sign_device(&self, user: UserId, now: UnixMs) -> String {
        self.sign(&DeviceClaims {
            sub: user,
            device: Uuid::from_bytes(clock::random()),
            iss: ISSUER.to_owned(),
            aud: DEVICE_AUDIENCE.to_owned(),
            exp: (now + DEVICE_MS) / 1000,
        })
    }

    /// Reads a browser's token.
    pub fn read_device(&self, token: &str) -> Result<DeviceClaims, TokenError> {
        self.read(token, DEVICE_AUDIENCE)
    }

    /// Reads an agent's access token.
    pub fn read_agent(&self, token: &str) -> Result<AgentClaims, TokenError> {
        self.read(token, AGENT_AUDIENCE)
    }

    /// Reads a visitor's token.
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
        match jsonwebtoken::decode::<T>(token, &self.verifying, &rules) {
            Ok(data) => Ok(data.claims),
            Err(error) if matches!(error.kind(), ErrorKind::ExpiredSignature) => {
                Err(TokenError::Expired)
            }
            Err(_) => Err(TokenError::Invalid),
        }
    }
}

/// A refresh token: 32 random bytes. The database sees only [`hash`] of it.
pub fn random() -> String {
    URL_SAFE_NO_PAD.encode(clock::random::<32>())
}

/// What a program's token begins with, so that people and scanners know one when they see it.
pub const API_TOKEN_PREFIX: &str = "deskbell_";

/// A token for a program.
pub fn random_api_token() -> String {
    API_TOKEN_PREFIX.to_owned() + &random()
}

/// What is kept of a random token.
pub fn hash(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(token))
}

/// What holds for any bytes; `fuzz/` tries to find some for which it does not. The first byte says
/// what the others are: a token, claims that were signed with our secret, or damage to a token.
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
                let place = usize::from(pair[0]) * 2 % damaged.len();
                damaged[place] ^= pair[1];
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
    fn what_fuzzing_found_stays_fixed() {
        let seen = crate::fuzzed::each("tokens", check);
        assert!(seen > 0, "there is a corpus");
    }
}
