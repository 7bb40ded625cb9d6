//! The state of the network, as the test announces it to its clients.

/// Shared with every client through a watch channel.
#[derive(Clone, Copy, Debug)]
pub(super) struct NetworkState {
    /// A server is running: a client that waits before its next attempt connects at once.
    pub(super) is_up: bool,
    /// Clients may send new messages.
    pub(super) may_send: bool,
}
