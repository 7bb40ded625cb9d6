//! Stored e-mail addresses whose spelling has to be normalised.

use deskbell_protocol::{InvitationId, UserId};
use sqlx::FromRow;
use sqlx::types::Uuid;

use crate::error::or_conflict;
use crate::{Handle, Result, Tx};

/// The table and the row of an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Owner {
    User(UserId),
    Invitation(InvitationId),
}

#[derive(FromRow)]
struct Row {
    is_user: i32,
    id: Uuid,
    email: String,
}

// One statement, because it runs whenever a server starts.
const BEYOND_ASCII: &str = "SELECT 1 AS is_user, id, email FROM users \
    WHERE octet_length(email) <> length(email) UNION ALL \
    SELECT 0, id, email FROM invitations WHERE octet_length(email) <> length(email)";
const SET_OF_USER: &str = "UPDATE users SET email = $3 WHERE id = $1 AND email = $2";
const SET_OF_INVITATION: &str = "UPDATE invitations SET email = $3 WHERE id = $1 AND email = $2";

/// Lists addresses with characters beyond ASCII.
pub async fn list_beyond_ascii(handle: &mut impl Handle) -> Result<Vec<(Owner, String)>> {
    let rows: Vec<Row> =
        on!(handle, c => sqlx::query_as(BEYOND_ASCII).persistent(false).fetch_all(c).await)?;
    let owned = rows.into_iter().map(|row| {
        let owner = match row.is_user {
            1 => Owner::User(row.id.into()),
            _ => Owner::Invitation(row.id.into()),
        };
        (owner, row.email)
    });
    Ok(owned.collect())
}

/// Replaces the spelling of an address, unless it has changed meanwhile. `Conflict` if another
/// account uses the new spelling.
pub async fn set_spelling(tx: &mut Tx, owner: Owner, before: &str, after: &str) -> Result<()> {
    let (sql, id) = match owner {
        Owner::User(id) => (SET_OF_USER, id.0),
        Owner::Invitation(id) => (SET_OF_INVITATION, id.0),
    };
    on!(tx, c => sqlx::query(sql).bind(id).bind(before).bind(after).execute(c).await.map(drop))
        .map_err(or_conflict("email"))
}
