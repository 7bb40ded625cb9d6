//! The cursor of a paged list: opaque to clients, and valid for its own list only.
//!
//! It is not a secret: access to the rows is checked on each request. It contains a digest of its
//! list, so that a damaged or foreign cursor is refused instead of returning a wrong page.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use deskbell_protocol::{ConversationId, Status, WorkspaceId};
use deskbell_store::conversations::inboxes::{ListCursor, ListSection};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::error::{AppError, AppResult};

/// The first byte: the version of the layout.
const VERSION: u8 = 2;
/// Version, section, queue order, position, key, id.
const POSITION_BYTES: usize = 1 + 1 + 1 + 8 + 8 + 16;
const DIGEST: usize = 8;

/// Encodes the cursor of a position in a workspace's list with this status filter.
pub fn write(workspace_id: WorkspaceId, status: Option<Status>, position: ListCursor) -> String {
    let mut bytes = Vec::with_capacity(POSITION_BYTES + DIGEST);
    bytes.push(VERSION);
    bytes.push(match position.section {
        ListSection::Waiting => 0,
        ListSection::Open => 1,
        ListSection::Closed => 2,
        ListSection::Changed => 3,
    });
    bytes.push(u8::try_from(position.queue_order).unwrap_or(u8::MAX));
    bytes.extend(position.begun_at.to_be_bytes());
    bytes.extend(position.key.to_be_bytes());
    bytes.extend(position.id.0.as_bytes());
    bytes.extend(digest(workspace_id, status, &bytes));
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Decodes a cursor of this list.
pub fn read(
    workspace_id: WorkspaceId,
    status: Option<Status>,
    text: &str,
) -> AppResult<ListCursor> {
    let position = URL_SAFE_NO_PAD.decode(text).ok().and_then(|bytes| {
        let (position, sum) = bytes.split_at_checked(POSITION_BYTES)?;
        (sum == digest(workspace_id, status, position))
            .then(|| parse(position))
            .flatten()
    });
    position.ok_or_else(|| {
        AppError::invalid(
            "cursor",
            "This cursor doesn't belong to this list. Start without one.",
        )
    })
}

fn parse(bytes: &[u8]) -> Option<ListCursor> {
    let ([version, section, queue_order], rest) = bytes.split_first_chunk::<3>()?;
    let (begun_at, rest) = rest.split_first_chunk()?;
    let (key, rest) = rest.split_first_chunk()?;
    let (id, []) = rest.split_first_chunk()? else {
        return None;
    };
    let section = match (*version, section) {
        (VERSION, 0) => ListSection::Waiting,
        (VERSION, 1) => ListSection::Open,
        (VERSION, 2) => ListSection::Closed,
        (VERSION, 3) => ListSection::Changed,
        _ => return None,
    };
    Some(ListCursor {
        begun_at: i64::from_be_bytes(*begun_at),
        section,
        queue_order: i64::from(*queue_order),
        key: i64::from_be_bytes(*key),
        id: ConversationId::from(Uuid::from_bytes(*id)),
    })
}

fn digest(workspace_id: WorkspaceId, status: Option<Status>, position: &[u8]) -> [u8; DIGEST] {
    let mut hash = Sha256::new();
    hash.update(workspace_id.0.as_bytes());
    hash.update(status.as_ref().map_or("", Status::as_str));
    hash.update(position);
    let mut sum = [0; DIGEST];
    sum.copy_from_slice(&hash.finalize()[..DIGEST]);
    sum
}

/// The property that fuzzing tests. The first byte chooses the meaning of the others: a position in a
/// list, damage to a cursor, or a cursor.
#[cfg(any(test, fuzzing))]
pub(crate) fn check(bytes: &[u8]) {
    let [north, south] = [1, 2].map(|dice| WorkspaceId::from_parts(1, [dice; 10]));
    let position = |bytes: &[u8]| bytes.get(..POSITION_BYTES).and_then(parse);
    match bytes.split_first() {
        Some((b'p', bytes)) => {
            let Some(position) = position(bytes) else {
                return;
            };
            let cursor = write(north, None, position);
            assert_eq!(read(north, None, &cursor).ok(), Some(position));
            assert!(read(south, None, &cursor).is_err(), "it is north's");
            let waiting = Some(Status::Waiting);
            assert!(read(north, waiting, &cursor).is_err(), "it is of all");
        }
        Some((b'd', damage)) => {
            let position = position(&[VERSION; POSITION_BYTES]).expect("a good position");
            let good = write(north, None, position);
            let mut damaged = good.clone().into_bytes();
            for pair in damage.chunks_exact(2) {
                let at = usize::from(pair[0]) % damaged.len();
                damaged[at] ^= pair[1];
            }
            if let Ok(damaged) = String::from_utf8(damaged)
                && damaged != good
            {
                assert!(read(north, None, &damaged).is_err(), "{damaged}");
            }
        }
        Some((_, text)) => {
            if let Ok(text) = str::from_utf8(text)
                && let Ok(position) = read(north, None, text)
            {
                assert_eq!(
                    write(north, None, position),
                    text,
                    "it is written in one way"
                );
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
        let seen = crate::fuzzed::each("cursors", check);
        assert!(seen > 0, "there is a corpus");
    }
}
