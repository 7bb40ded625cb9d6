//! Users: login identities.

use deskbell_protocol::{UnixMs, UserId};
use sqlx::types::Uuid;
use sqlx::{AssertSqlSafe, FromRow};

use crate::db::locks::Lock;
use crate::error::or_conflict;
use crate::{Error, Handle, Result, Tx};

/// A login identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    /// The address in lower case.
    pub email: String,
    pub name: String,
    pub password_hash: String,
    /// Whether the user is an operator of the platform.
    pub is_operator: bool,
    /// Id of the user's picture.
    pub avatar_id: Option<String>,
    /// When the address was verified.
    pub email_verified_at: Option<UnixMs>,
}

/// A user to create.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// The address in lower case.
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
    is_operator: bool,
    avatar_id: Option<String>,
    email_verified_at: Option<i64>,
}

const INSERT: &str =
    "INSERT INTO users (id, email, name, password_hash, created_at) VALUES ($1, $2, $3, $4, $5)";
const BY_EMAIL: &str = "SELECT id, email, name, password_hash, is_operator, avatar_id, email_verified_at \
    FROM users WHERE email = $1 AND suspended_at IS NULL";
const BY_ID: &str = "SELECT id, email, name, password_hash, is_operator, avatar_id, email_verified_at \
    FROM users c WHERE id = $1 AND deleted_at IS NULL";
const SET_OPERATOR: &str = "UPDATE users SET is_operator = $2 WHERE id = $1";
const ANY: &str = "SELECT EXISTS (SELECT 1 FROM users)";
const FIRST: &str = "INSERT INTO installation (id, created_at) VALUES (1, $1)";

/// Creates a user, whose address is not verified yet. `Conflict` if the address is taken.
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
        is_operator: false,
        avatar_id: None,
        email_verified_at: None,
    })
}

/// Marks the installation as set up; of two who try, one succeeds, and the other gets `Conflict`.
pub async fn take_first_run(tx: &mut Tx) -> Result<()> {
    if any_user(tx).await? {
        return Err(Error::Conflict("installation"));
    }
    let now = tx.now();
    on!(tx, c => sqlx::query(FIRST).bind(now).execute(c).await.map(drop))
        .map_err(or_conflict("installation"))
}

/// Makes a user an operator of the platform, or ends that.
pub async fn set_operator(tx: &mut Tx, id: UserId, is_operator: bool) -> Result<()> {
    on!(tx, c => sqlx::query(SET_OPERATOR).bind(id.0).bind(is_operator).execute(c).await.map(drop))?;
    Ok(())
}

/// Whether there is any user.
pub async fn any_user(handle: &mut impl Handle) -> Result<bool> {
    Ok(on!(handle, c => sqlx::query_scalar(ANY).fetch_one(c).await)?)
}

/// Finds the user with this address, in lower case. `None` if they are suspended.
pub async fn find_user_by_email(handle: &mut impl Handle, email: &str) -> Result<Option<User>> {
    let row: Option<Row> =
        on!(handle, c => sqlx::query_as(BY_EMAIL).bind(email).fetch_optional(c).await)?;
    Ok(row.map(User::from))
}

/// Gets the user with this id. `NotFound` also if they were deleted.
pub async fn get_user(handle: &mut impl Handle, id: UserId) -> Result<User> {
    let row: Row = on!(handle, c => sqlx::query_as(BY_ID).bind(id.0).fetch_one(c).await)?;
    Ok(row.into())
}

/// Gets a user and locks them until the commit.
pub async fn lock_user(tx: &mut Tx, id: UserId) -> Result<User> {
    tx.locks.take(Lock::User, id.0);
    let sql = BY_ID.to_owned() + tx.for_update();
    let row: Row = on!(tx, c => sqlx::query_as(AssertSqlSafe(sql)).bind(id.0).fetch_one(c).await)?;
    Ok(row.into())
}

impl From<Row> for User {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.into(),
            email: row.email,
            name: row.name,
            password_hash: row.password_hash,
            is_operator: row.is_operator,
            avatar_id: row.avatar_id,
            email_verified_at: row.email_verified_at,
        }
    }
}
