//! The shutdown signal.

use tokio::sync::watch;

/// Completes when the server is asked to shut down.
pub async fn shutdown_requested(stopping: &mut watch::Receiver<bool>) {
    // The sender is gone only when the server is: that is an order to stop, too.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}
