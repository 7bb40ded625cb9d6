//! Users: login identities.

use deskbell_protocol::UserId;
use sqlx::FromRow;
use sqlx::types::Uuid;

use crate::error::or_conflict;
use crate::{Error, Handle, Result, Tx};

/// A login identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    /// In lower case.
    pub email: String,
    pub name: String,
    pub password_hash: String,
}

/// A user to be made.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// In lower case.
    pub email: String,
    pub name: String,
    pub password_hash: String,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    email: String,
    name: String,
    password_hash: String,
}

const INSERT: &str =
    "INSERT INTO users (id, email, name, password_hash, created_at) VALUES ($1, $2, $3, $4, $5)";
const BY_EMAIL: &str = "SELECT id, email, name, password_hash FROM users WHERE email = $1";
const BY_ID: &str = "SELECT id, email, name, password_hash FROM users WHERE id = $1";
const ANY: &str = "SELECT EXISTS (SELECT 1 FROM users)";
const FIRST: &str = "INSERT INTO installation (id, created_at) VALUES (1, $1)";

/// Makes a user. `Conflict` when the address is taken.
pub async fn create_user(tx: &mut Tx, new: NewUser) -> Result<User> {
    let id = UserId::from_parts(tx.now(), tx.random());
    let now = tx.now();
    on!(tx, c => sqlx::query(INSERT)
        .bind(id.0).bind(&new.email).bind(&new.name).bind(&new.password_hash).bind(now)
        .execute(c).await.map(drop))
    .map_err(or_conflict("e-mail address"))?;
    Ok(User {
        id,
        email: new.email,
        name: new.name,
        password_hash: new.password_hash,
    })
}

/// Takes the first run; of two who try, one. `Conflict` for the other.
pub async fn take_first_run(tx: &mut Tx) -> Result<()> {
    if any_user(tx).await? {
        return Err(Error::Conflict("installation"));
    }
    let now = tx.now();
    on!(tx, c => sqlx::query(FIRST).bind(now).execute(c).await.map(drop))
        .map_err(or_conflict("installation"))
}

/// Whether there is a user at all.
pub async fn any_user(handle: &mut impl Handle) -> Result<bool> {
    Ok(on!(handle, c => sqlx::query_scalar(ANY).fetch_one(c).await)?)
}

/// The user with this address, which is in lower case.
pub async fn find_user_by_email(handle: &mut impl Handle, email: &str) -> Result<Option<User>> {
    let row: Option<Row> =
        on!(handle, c => sqlx::query_as(BY_EMAIL).bind(email).fetch_optional(c).await)?;
    Ok(row.map(User::from))
}

/// The user with this id.
pub async fn get_user(handle: &mut impl Handle, id: UserId) -> Result<User> {
    let row: Row = on!(handle, c => sqlx::query_as(BY_ID).bind(id.0).fetch_one(c).await)?;
    Ok(row.into())
}

impl From<Row> for User {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.into(),
            email: row.email,
            name: row.name,
            password_hash: row.password_hash,
        }
    }
}
