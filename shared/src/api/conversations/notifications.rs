//! `/api/v1/notifications`: the notifications of the member who asks.

use serde::{Deserialize, Serialize};

use crate::ids::{ConversationId, NotificationId};
use crate::notification::Notification;

/// `GET /api/v1/notifications?before=`: `200` [`Notifications`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::IntoParams))]
#[cfg_attr(feature = "openapi", into_params(parameter_in = Query))]
pub struct ListNotifications {
    /// Only those before this one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<NotificationId>,
}

/// A page of notifications.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Notifications {
    /// The entries, the newest first; at most [`crate::limits::PAGE_NOTIFICATIONS`].
    pub notifications: Vec<Notification>,
    /// Whether there are older ones; at most [`crate::limits::NOTIFICATIONS`] are kept.
    pub more: bool,
    /// The number of all that are not read.
    pub unread: i64,
}

/// `POST /api/v1/notifications/read`: `204`. Marks notifications as read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReadNotifications {
    /// Only those about this conversation; absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<ConversationId>,
    /// Only those up to this one, so that one which has come since stays unread; absent: all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up_to: Option<NotificationId>,
}
