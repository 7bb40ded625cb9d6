//! A spawner of futures in a page.

use std::future::Future;
use std::pin::Pin;

use wasm_bindgen_futures::spawn_local;

/// Runs a future in the page. It is boxed, so that the code around it is compiled once and not for each
/// kind of future.
pub fn spawn(future: impl Future<Output = ()> + 'static) {
    let boxed: Pin<Box<dyn Future<Output = ()>>> = Box::pin(future);
    spawn_local(boxed);
}
