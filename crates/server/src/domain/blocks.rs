//! Who is kept out: visitors and networks of a workspace, and networks of the whole platform.
//!
//! A workspace keeps out those who write to it; its members are not meant. What the platform keeps
//! out gets no answer at all. The platform's list is kept in memory and looked up again every few
//! seconds, for each request asks for it.

use std::net::IpAddr;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use deskbell_protocol::api::blocks::{Block, Blocks, CreateBlock};
use deskbell_protocol::{BlockId, ErrorCode, limits as sizes};
use deskbell_store::blocks::{self, Target};
use deskbell_store::{VisitorScope, WorkspaceScope, limits, visitors};
use ipnet::{IpNet, Ipv6Net};
use serde_json::json;

use crate::app::App;
use crate::auth::member::Actor;
use crate::domain::audit::{self, Action, target};
use crate::domain::text;
use crate::error::{AppError, AppResult};
use crate::limits::address::Address;

/// The platform's list is looked up again this often.
const LOOK: Duration = Duration::from_secs(5);
/// The largest networks that can be kept out, in bits of their prefix.
const LEAST_BITS: (u8, u8) = (16, 32);
/// What one customer of a network is given of IPv6.
const IPV6_BITS: u8 = 64;

/// The networks that the platform keeps out.
#[derive(Debug, Default)]
pub struct Platform {
    networks: RwLock<Arc<[IpNet]>>,
}

impl Platform {
    /// Those of the settings.
    pub fn new(networks: &[IpNet]) -> Self {
        Self {
            networks: RwLock::new(networks.into()),
        }
    }

    /// Refuses an address that is kept out.
    pub fn refuse(&self, from: Address) -> AppResult<()> {
        let networks = Arc::clone(&self.networks.read().unwrap_or_else(PoisonError::into_inner));
        if is_in(&networks, from.ip()) {
            return Err(refusal());
        }
        Ok(())
    }

    /// Takes another list; whether it says something new.
    fn set(&self, networks: Vec<IpNet>) -> bool {
        let mut known = self
            .networks
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        let is_new = **known != *networks;
        *known = networks.into();
        is_new
    }
}

/// Looks up what the platform keeps out; ends when it is aborted.
pub async fn keep(app: App) {
    let mut ticks = tokio::time::interval(LOOK);
    loop {
        ticks.tick().await;
        if let Err(error) = look_up(&app).await {
            error.log();
        }
    }
}

/// Reads the platform's list anew; sockets of those who are on it now end.
pub async fn look_up(app: &App) -> AppResult<()> {
    let mut reader = app.store.read().await?;
    let found = blocks::list_platform_blocks(&mut reader).await?;
    drop(reader);
    let found = found.into_iter().filter_map(|block| block.network);
    let mut networks = app.config.blocked_networks.clone();
    networks.extend(found.filter_map(|network| network.parse::<IpNet>().ok()));
    if app.platform.set(networks) {
        app.hub.look_again(None);
    }
    Ok(())
}

/// Refuses a visitor whom the workspace keeps out, or who comes from where it keeps all out.
pub async fn refuse_blocked(app: &App, visitor: &VisitorScope, from: Address) -> AppResult<()> {
    let mut reader = app.store.read().await?;
    let (workspace, id) = (visitor.workspace_id, visitor.visitor_id);
    let found = blocks::list_concerning(&mut reader, workspace, id).await?;
    let concerns = |target: &Target| match target {
        Target::Visitor(blocked) => *blocked == id,
        Target::Network(network) => network
            .parse::<IpNet>()
            .is_ok_and(|network| is_in(&[network], from.ip())),
    };
    if found.iter().any(concerns) {
        return Err(refusal());
    }
    Ok(())
}

/// All that the workspace keeps out.
pub async fn list(app: &App, scope: &WorkspaceScope) -> AppResult<Blocks> {
    let mut reader = app.store.read().await?;
    let blocks = blocks::list_blocks(&mut reader, scope).await?;
    Ok(Blocks { blocks })
}

/// Keeps somebody out from here on; their sockets end.
pub async fn create(
    app: &App,
    scope: &WorkspaceScope,
    actor: &Actor,
    body: CreateBlock,
) -> AppResult<Block> {
    let note = text::note("note", &body.note)?;
    let target = match (body.visitor_id, &body.network) {
        (Some(id), None) => Target::Visitor(id),
        (None, Some(text)) => Target::Network(parse_network(text)?.to_string()),
        _ => {
            return Err(AppError::invalid(
                "network",
                "Enter a visitor or a network, not both.",
            ));
        }
    };
    let workspace = scope.workspace_id;
    let mut tx = app.begin().await?;
    limits::lock_workspace(&mut tx, workspace).await?;
    if let Target::Visitor(id) = target {
        visitors::get_visitor(&mut tx, scope, id).await?;
    }
    let count = blocks::count_blocks(&mut tx, scope).await?;
    if usize::try_from(count).is_ok_and(|count| count >= sizes::BLOCKS) {
        let message = format!(
            "A workspace can have at most {} blocks. Delete some first.",
            sizes::BLOCKS
        );
        return Err(AppError::new(ErrorCode::LimitReached, message));
    }
    let block = blocks::create_block(&mut tx, scope, &target, &note).await?;
    audit::record(
        &mut tx,
        workspace,
        actor,
        Action::Blocked,
        told(&block),
        json!({ "note": note }),
    )
    .await?;
    tx.reauthenticate_visitors(workspace, body.visitor_id);
    tx.commit().await?;
    Ok(block)
}

/// Lets somebody in again.
pub async fn delete(
    app: &App,
    scope: &WorkspaceScope,
    actor: &Actor,
    id: BlockId,
) -> AppResult<()> {
    let mut tx = app.begin().await?;
    let block = blocks::get_block(&mut tx, scope, id).await?;
    blocks::delete_block(&mut tx, scope, id).await?;
    let workspace = scope.workspace_id;
    audit::record(
        &mut tx,
        workspace,
        actor,
        Action::Unblocked,
        told(&block),
        json!({}),
    )
    .await?;
    Ok(tx.commit().await?)
}

/// A network as it is kept: with no bits behind its prefix, and with those of IPv4 written as such.
pub fn parse_network(text: &str) -> AppResult<IpNet> {
    let refused = |message: &str| Err(AppError::invalid("network", message));
    let text = text.trim();
    let network = match (text.parse::<IpAddr>(), text.parse::<IpNet>()) {
        (Ok(ip), _) => of_address(ip),
        (_, Ok(network)) => plain(network),
        _ => {
            return refused("Enter a network like 203.0.113.9, 203.0.113.0/24 or 2001:db8::/48.");
        }
    };
    let least = match network {
        IpNet::V4(_) => LEAST_BITS.0,
        IpNet::V6(_) => LEAST_BITS.1,
    };
    if network.prefix_len() < least {
        return refused(
            "This network is too large. The prefix needs at least 16 bits (IPv4) or 32 bits (IPv6).",
        );
    }
    Ok(network)
}

fn of_address(ip: IpAddr) -> IpNet {
    match ip.to_canonical() {
        IpAddr::V4(ip) => IpAddr::V4(ip).into(),
        IpAddr::V6(ip) => match Ipv6Net::new(ip, IPV6_BITS) {
            Ok(network) => IpNet::V6(network.trunc()),
            Err(_) => IpAddr::V6(ip).into(),
        },
    }
}

/// `::ffff:203.0.113.0/120` is `203.0.113.0/24`.
fn plain(network: IpNet) -> IpNet {
    const MAPPED_BITS: u8 = 96;
    let network = network.trunc();
    let inner = network.prefix_len().checked_sub(MAPPED_BITS);
    match (network.addr().to_canonical(), inner) {
        (ip @ IpAddr::V4(_), Some(bits)) if matches!(network, IpNet::V6(_)) => {
            IpNet::new(ip, bits).unwrap_or(network)
        }
        _ => network,
    }
}

fn is_in(networks: &[IpNet], ip: IpAddr) -> bool {
    let ip = ip.to_canonical();
    networks.iter().any(|network| network.contains(&ip))
}

fn refusal() -> AppError {
    AppError::new(ErrorCode::Blocked, "You can't send messages here.")
}

fn told(block: &Block) -> deskbell_protocol::api::audit::AuditTarget {
    let visitor = block.visitor_id.map(|id| id.to_string());
    let who = block.network.clone().or(visitor).unwrap_or_default();
    target("block", block.id, who)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Option<String> {
        parse_network(text).ok().map(|network| network.to_string())
    }

    #[test]
    fn a_network_is_kept_in_one_way_however_it_is_written() {
        let same = [
            ("203.0.113.9", "203.0.113.9/32"),
            ("::ffff:203.0.113.9", "203.0.113.9/32"),
            ("203.0.113.9/24", "203.0.113.0/24"),
            ("::ffff:203.0.113.9/120", "203.0.113.0/24"),
            ("2001:db8::1", "2001:db8::/64"),
            (" 2001:DB8:0:1::1/128 ", "2001:db8:0:1::1/128"),
        ];
        for (written, kept) in same {
            assert_eq!(parsed(written).as_deref(), Some(kept), "{written}");
        }
    }

    #[test]
    fn nobody_keeps_half_the_world_out() {
        for text in [
            "0.0.0.0/0",
            "10.0.0.0/8",
            "::/0",
            "2000::/3",
            "::ffff:0:0/96",
            "shop.example",
            "",
        ] {
            assert_eq!(parsed(text), None, "{text}");
        }
    }

    #[test]
    fn an_address_is_in_its_network_however_it_comes() {
        let networks = [parse_network("203.0.113.0/24").expect("a network")];
        for ip in ["203.0.113.77", "::ffff:203.0.113.77"] {
            assert!(is_in(&networks, ip.parse().expect("an address")), "{ip}");
        }
        assert!(!is_in(
            &networks,
            "203.0.114.1".parse().expect("an address")
        ));
    }
}
