//! Core: the handles and settings that every rule may use.

use std::sync::Arc;

use deskbell_base::clock;
use deskbell_base::error::AppResult;
use deskbell_base::limits::Limits;
use deskbell_base::secrets::sealer::Sealer;
use deskbell_base::secrets::token::TokenSigner;
use deskbell_store::{Store, Tx};
use url::Url;

use crate::identity::failed_sign_ins::FailedSignIns;
use crate::platform::blocklist::PlatformBlocklist;
use crate::platform::maintenance::MaintenanceMode;

/// The handles that rules use. Cheap enough to clone for a stream or a background task.
#[derive(Clone)]
pub struct Core {
    /// The database, whose commits the server's publisher receives.
    pub db: Store,
    /// Rate limits and concurrency limits.
    pub limits: Arc<Limits>,
    /// Signs and verifies access tokens.
    pub signer: Arc<TokenSigner>,
    /// Encrypts secrets that are stored in the database.
    pub sealer: Arc<Sealer>,
    pub urls: Arc<Urls>,
    pub policy: Arc<Policy>,
    pub maintenance: Arc<MaintenanceMode>,
    /// Networks blocked for the whole installation.
    pub blocklist: Arc<PlatformBlocklist>,
    /// Failed sign-in attempts per account, for the audit log.
    pub failed_sign_ins: FailedSignIns,
}

impl Core {
    /// Begins a transaction that writes.
    pub async fn begin(&self) -> AppResult<Tx> {
        Ok(self.db.begin(clock::now()).await?)
    }
}

/// Addresses of our own pages.
#[derive(Clone, Debug)]
pub struct Urls(pub Url);

impl Urls {
    /// The origin of our own pages, as browsers send it: `https://chat.example.com`.
    pub fn origin(&self) -> String {
        self.0.origin().ascii_serialization()
    }

    /// The URL of a page of the dashboard.
    pub fn page(&self, page: &str) -> String {
        format!("{}/app/{page}", self.origin())
    }
}

/// Settings of the installation that affect rules.
#[derive(Clone, Copy, Debug)]
pub struct Policy {
    pub registration: Registration,
    /// bcrypt's cost, 4 to 31.
    pub bcrypt_cost: u32,
    /// Whether a mail server is configured. Without one, an operator passes links on by hand.
    pub sends_mail: bool,
    /// Unconfirmed registrations are deleted after this many days.
    pub forget_unconfirmed_after_days: u32,
}

/// The registration mode.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Registration {
    /// Nobody can register: the set-up creates the owner.
    Off,
    /// People who are invited to a workspace can register.
    Invited,
    /// Anyone can register, with a workspace of their own.
    Open,
}
