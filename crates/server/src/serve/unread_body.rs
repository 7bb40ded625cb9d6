//! Unread request bodies: the part of a body that a handler has not read is discarded before the
//! response, or the response says that the connection closes.
//!
//! A request is often refused before its body is read. hyper then closes the connection after the
//! response, unless the rest of the body has arrived by chance. A client that does not know this loses
//! the next request on the same connection. Behind a proxy, that request is another client's.

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body as AxumBody, Bytes};
use axum::extract::Request;
use axum::http::header::{CONNECTION, EXPECT};
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use deskbell_base::limits::memory::ReadMeter;
use deskbell_protocol::limits;
use http_body_util::BodyExt;
use hyper::body::{Body, Frame, Incoming, SizeHint};

/// The maximum number of bytes that are read and dropped.
const MAX_BYTES: usize = limits::BODY_BYTES;
/// The timeout for reading them. The response waits for it.
const TIMEOUT: Duration = Duration::from_secs(1);

/// A request body that can still be read when its handler has dropped it. Clones share the body.
#[derive(Clone)]
pub struct UnreadBody(Arc<Mutex<BodyState>>);

struct BodyState {
    body: Incoming,
    /// Counts the connection's unprocessed bytes.
    meter: Arc<ReadMeter>,
    /// Whether the client sends the body only after an interim response, which the first read sends.
    is_awaiting_continue: bool,
    is_at_end: bool,
    has_failed: bool,
}

impl UnreadBody {
    /// Replaces the body of a request with one that this function also returns; `None` if the request
    /// has no body.
    pub fn of(request: Request<Incoming>, meter: Arc<ReadMeter>) -> (Request, Option<Self>) {
        if request.body().is_end_stream() {
            return (request.map(AxumBody::new), None);
        }
        let is_awaiting_continue = request.headers().contains_key(EXPECT);
        let (head, body) = request.into_parts();
        let unread = Self(Arc::new(Mutex::new(BodyState {
            body,
            meter,
            is_awaiting_continue,
            is_at_end: false,
            has_failed: false,
        })));
        let body = AxumBody::new(unread.clone());
        (Request::from_parts(head, body), Some(unread))
    }

    /// Reads the rest of the body. If it is too large or too slow, the response gets the header
    /// `Connection: close`.
    pub async fn finish(
        self,
        response: Result<Response, Infallible>,
    ) -> Result<Response, Infallible> {
        let mut response = response?;
        if response.status() == StatusCode::SWITCHING_PROTOCOLS {
            return Ok(response);
        }
        // After a timeout of the request, the client has had its time.
        let is_read = response.status() != StatusCode::REQUEST_TIMEOUT && self.is_worth_reading();
        if !(is_read && self.read_rest().await) {
            let headers = response.headers_mut();
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        Ok(response)
    }

    /// Whether the rest may be small and arrive without an invitation.
    fn is_worth_reading(&self) -> bool {
        let state = self.lock();
        let rest = state.body.size_hint().lower();
        let is_small = usize::try_from(rest).is_ok_and(|rest| rest <= MAX_BYTES);
        state.is_at_end || (is_small && !state.is_awaiting_continue && !state.has_failed)
    }

    /// Reads and drops the rest. Returns whether the whole body is read.
    async fn read_rest(mut self) -> bool {
        let read = async {
            let mut count = 0;
            while count <= MAX_BYTES {
                match self.frame().await {
                    None => return true,
                    Some(Ok(frame)) => count += frame.data_ref().map_or(0, Bytes::len),
                    Some(Err(_)) => return false,
                }
            }
            false
        };
        tokio::time::timeout(TIMEOUT, read).await.unwrap_or(false)
    }

    /// A panic while the lock is held leaves a state that is still whole, so a poisoned lock is used.
    fn lock(&self) -> MutexGuard<'_, BodyState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Body for UnreadBody {
    type Data = Bytes;
    type Error = hyper::Error;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, hyper::Error>>> {
        let mut state = self.lock();
        if state.is_at_end {
            return Poll::Ready(None);
        }
        state.is_awaiting_continue = false;
        let polled = Pin::new(&mut state.body).poll_frame(context);
        match &polled {
            Poll::Ready(None) => state.is_at_end = true,
            Poll::Ready(Some(Ok(_))) => state.meter.clear(),
            Poll::Ready(Some(Err(_))) => state.has_failed = true,
            Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        let state = self.lock();
        state.is_at_end || state.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.lock().body.size_hint()
    }
}
