//! Request bodies: the bytes that were received are charged to the client's address until the request
//! is answered.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::body::{Body, HttpBody};
use axum::extract::Request;
use deskbell_base::limits::memory::{MemoryAccount, MemoryCharge, of_buffer};
use deskbell_base::limits::too_much_memory;
use futures_util::StreamExt;

/// The charge of one body.
pub struct BodyCharge {
    charge: Mutex<MemoryCharge>,
    is_over: AtomicBool,
}

impl BodyCharge {
    /// Whether the body was aborted because its address has reached its memory quota.
    pub fn is_over(&self) -> bool {
        self.is_over.load(Ordering::Relaxed)
    }

    fn grow(&self, bytes: usize) -> bool {
        let mut charge = self.charge.lock().unwrap_or_else(PoisonError::into_inner);
        let is_within = charge.grow(of_buffer(bytes));
        self.is_over.fetch_or(!is_within, Ordering::Relaxed);
        is_within
    }
}

/// Charges the body of a request while it is received; `None` if it has none.
pub fn charge_body(request: Request, account: MemoryAccount) -> (Request, Option<Arc<BodyCharge>>) {
    if request.body().is_end_stream() {
        return (request, None);
    }
    let charge = Arc::new(BodyCharge {
        charge: Mutex::new(account.empty_charge()),
        is_over: AtomicBool::new(false),
    });
    let counting = Arc::clone(&charge);
    let request = request.map(|body| {
        Body::from_stream(body.into_data_stream().map(move |bytes| {
            let bytes = bytes?;
            match counting.grow(bytes.len()) {
                true => Ok(bytes),
                false => Err(axum::Error::new(std::io::Error::other(
                    too_much_memory().body.message,
                ))),
            }
        }))
    });
    (request, Some(charge))
}
