//! Authentication of a socket: a visitor's lookup goes through the loader, a member's does not.

use deskbell_base::client_address::ClientAddress;
use deskbell_base::error::AppResult;
use deskbell_domain::identity::authentication::{self, Credential, SocketPrincipal};

use crate::realtime::state::Realtime;

/// Loads the principal of a credential.
pub(super) async fn authenticate(
    realtime: &Realtime,
    credential: &Credential,
    from: ClientAddress,
) -> AppResult<SocketPrincipal> {
    let core = &realtime.core;
    core.blocklist.refuse(from)?;
    let Credential::Visitor {
        visitor,
        site,
        generation,
    } = credential
    else {
        return authentication::agent(core, credential).await;
    };
    core.maintenance.admit(false)?;
    let visit = realtime.visitors.find_visit(*site, *visitor).await?;
    authentication::visitor(core, visit, *generation, from).await
}
