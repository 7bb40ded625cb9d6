//! The shutdown signal.

use tokio::sync::watch;

/// Completes when the server is asked to shut down.
pub async fn shutdown_requested(stopping: &mut watch::Receiver<bool>) {
    // The sender is dropped only with the server, which is a stop request, too.
    let _ = stopping.wait_for(|stopping| *stopping).await;
}
