//! Text of the settings: the account, the members and the sites.

use crate::text::people::count_of;

pub(crate) const MEMBERS: &str = "Members";
pub(crate) const SITES: &str = "Sites";

// Profile.
pub(crate) const PROFILE: &str = "Profile";
pub(crate) const PROFILE_LEAD: &str = "Teammates and visitors see your name and picture.";
pub(crate) const NAME: &str = "Name";
pub(crate) const NAME_SAVED: &str = "Name saved";
pub(crate) const PICTURE: &str = "Picture";
pub(crate) const CHANGE_PICTURE: &str = "Change picture…";
pub(crate) const ADD_PICTURE: &str = "Add picture…";
pub(crate) const REMOVE_PICTURE: &str = "Remove picture";

// E-mail address.
pub(crate) const EMAIL: &str = "E-mail address";
pub(crate) const EMAIL_LEAD: &str = "You sign in with this address.";
pub(crate) const CHANGE: &str = "Change…";
pub(crate) const CHANGE_EMAIL: &str = "Change your e-mail address";
pub(crate) const NEW_EMAIL: &str = "New address";
pub(crate) const YOUR_PASSWORD: &str = "Your password";
pub(crate) const SEND_LINK: &str = "Send link";
pub(crate) const REQUEST_LINK: &str = "Request link";
pub(crate) const EMAIL_MAILLESS_NOTE: &str =
    "This server can't send e-mail. Ask its operator for the link that confirms the new address.";
pub(crate) fn email_sent(email: &str) -> String {
    format!("We sent a link to {email}. Open it to switch to the new address.")
}
pub(crate) fn email_mailless(email: &str) -> String {
    format!(
        "This server can't send e-mail. Ask its operator for the link for {email}. Open it to switch to the new address."
    )
}

// Password.
pub(crate) const PASSWORD: &str = "Password";
pub(crate) const PASSWORD_LEAD: &str = "Changing it signs you out on other devices.";
pub(crate) const HIDDEN_PASSWORD: &str = "••••••••";
pub(crate) const CHANGE_PASSWORD_OPEN: &str = "Change password…";
pub(crate) const CHANGE_PASSWORD: &str = "Change password";
pub(crate) const CURRENT_PASSWORD: &str = "Current password";
pub(crate) const NEW_PASSWORD: &str = "New password";
pub(crate) const PASSWORD_CHANGED: &str = "Password changed. You were signed out on other devices.";

// Two-factor sign-in.
pub(crate) const TWO_FACTOR: &str = "Two-factor sign-in";
pub(crate) const TWO_FACTOR_LEAD: &str = "Ask for a code from your phone when you sign in.";
pub(crate) const OFF: &str = "Off";
pub(crate) const ON: &str = "On";
pub(crate) const SET_UP_OPEN: &str = "Set up…";
pub(crate) const SET_UP_TITLE: &str = "Set up two-factor sign-in";
pub(crate) const NEW_CODES_OPEN: &str = "New backup codes…";
pub(crate) const NEW_CODES_TITLE: &str = "New backup codes";
pub(crate) const TURN_OFF_OPEN: &str = "Turn off…";
pub(crate) const TURN_OFF_TITLE: &str = "Turn off two-factor sign-in";
pub(crate) const TURN_OFF_LEAD: &str =
    "You'll sign in with your password alone, and your backup codes stop working.";
pub(crate) const TURN_OFF: &str = "Turn off";
pub(crate) const TURN_ON: &str = "Turn on";
pub(crate) const CONTINUE: &str = "Continue";
pub(crate) const APP_NEEDED: &str =
    "You need an authenticator app, such as Aegis, Google Authenticator or a password manager.";
pub(crate) const SCAN: &str = "Scan the QR code, then enter the 6-digit code.";
pub(crate) const QR_CODE: &str = "QR code for your authenticator app";
pub(crate) const TYPE_KEY: &str = "Or enter this key in the app:";
pub(crate) const COPY_KEY: &str = "Copy key";
pub(crate) const CODE: &str = "Code";
pub(crate) const CODE_HINT: &str = "The 6-digit code from your authenticator app.";
pub(crate) const CODE_OR_BACKUP_HINT: &str =
    "The 6-digit code from your authenticator app, or a backup code.";
pub(crate) const SETUP_CODE_HINT: &str = "6 digits. From now on you'll enter one when you sign in.";
pub(crate) const OLD_CODES_STOP: &str = "Your old codes stop working.";
pub(crate) const MAKE_CODES: &str = "Create new codes";
pub(crate) const SAVE_CODES: &str = "Save these backup codes. Each works once if you lose your phone. You won't be able to see them again.";
pub(crate) const BACKUP_CODES: &str = "Backup codes";
pub(crate) const DOWNLOAD: &str = "Download";
pub(crate) const CODES_SAVED: &str = "I've saved them";
pub(crate) fn backup_codes_left(count: u32) -> String {
    match count {
        0 => "No backup codes left. Create new ones.".to_owned(),
        n => format!(
            "{} left.",
            count_of(
                usize::try_from(n).unwrap_or(0),
                "backup code",
                "backup codes"
            )
        ),
    }
}

// Sessions.
pub(crate) const SESSIONS: &str = "Sessions";
pub(crate) const SESSIONS_LEAD: &str =
    "Sign out any session you don't recognize, then change your password.";
pub(crate) const THIS_BROWSER: &str = "This browser";
pub(crate) const SIGN_OUT_SESSION: &str = "Sign out";
pub(crate) const SIGN_OUT_OTHERS: &str = "Sign out all other sessions";
pub(crate) const UNKNOWN_BROWSER: &str = "Unknown browser";
pub(crate) fn browser_on(browser: &str, system: &str) -> String {
    format!("{browser} on {system}")
}
pub(crate) fn sign_out_of(browser: &str) -> String {
    format!("Sign out of {browser}")
}
pub(crate) fn session_times(used: &str, began: &str) -> String {
    format!("Last used {used}, signed in {began}")
}

// Team.
pub(crate) const TEAM: &str = "Your teammates";
pub(crate) const TEAM_LEAD: &str =
    "Agents reply to visitors. Admins also manage members and sites. Owners can do everything.";
pub(crate) const YOU: &str = "You";
pub(crate) const REMOVE: &str = "Remove";
pub(crate) const REMOVE_OPEN: &str = "Remove…";
pub(crate) const LEAVE: &str = "Leave";
pub(crate) const LEAVE_OPEN: &str = "Leave…";
pub(crate) const LEAVE_TITLE: &str = "Leave this workspace?";
pub(crate) const REMOVE_TITLE: &str = "Remove this member?";
pub(crate) const LEAVE_LEAD: &str =
    "You lose access to this workspace right away. Your messages are kept.";
pub(crate) const HAND_OVER: &str = "Reassign open conversations to";
pub(crate) const HAND_OVER_NO_ONE: &str = "No one (back to Waiting)";
pub(crate) const CHANGE_ROLE_TITLE: &str = "Change this role?";
pub(crate) const CHANGE_ROLE: &str = "Change role";
pub(crate) fn remove_lead(name: &str) -> String {
    format!(
        "{name} loses access to this workspace right away, and their API tokens stop working. Their messages are kept."
    )
}
pub(crate) fn role_of(name: &str) -> String {
    format!("Role of {name}")
}
pub(crate) fn change_role_lead(name: &str, role: &str) -> String {
    format!("{name} becomes {role} right away.")
}
pub(crate) fn action_on(action: &str, who: &str) -> String {
    format!("{action} {who}")
}

// Invitations.
pub(crate) const INVITATIONS: &str = "Invitations";
pub(crate) const INVITATIONS_LEAD: &str = "Each link works once and expires after 7 days.";
pub(crate) const NO_INVITATIONS: &str = "No pending invitations";
pub(crate) const INVITE_MEMBER_OPEN: &str = "Invite member…";
pub(crate) const INVITE_MEMBER: &str = "Invite member";
pub(crate) const INVITE: &str = "Invite";
pub(crate) const INVITE_HOW: &str = "How to invite";
pub(crate) const INVITE_BY_EMAIL: &str = "By e-mail";
pub(crate) const INVITE_WITH_LINK: &str = "With a link";
pub(crate) const INVITE_MAILLESS: &str =
    "This server can't send e-mail. You'll get a link to share yourself.";
pub(crate) const INVITED_ALREADY: &str = "This address is already invited.";
pub(crate) const MEMBER_ALREADY: &str = "This person is already a member.";
pub(crate) const ROLE: &str = "Role";
pub(crate) const SHARE_LINK: &str = "Share this link";
pub(crate) const SHARE_LINK_LEAD: &str =
    "It works once and expires after 7 days. You won't be able to see it again.";
pub(crate) const INVITATION_LINK: &str = "Invitation link";
pub(crate) const COPY_LINK: &str = "Copy link";
pub(crate) const ANYONE_WITH_LINK: &str = "Anyone with the link";
pub(crate) const SEND_AGAIN: &str = "Send again";
pub(crate) const NEW_LINK: &str = "New link";
pub(crate) const REVOKE: &str = "Revoke";
pub(crate) const REVOKE_OPEN: &str = "Revoke…";
pub(crate) const REVOKE_TITLE: &str = "Revoke this invitation?";
pub(crate) const EXPIRED: &str = "expired";
pub(crate) fn invitation_sent(email: &str) -> String {
    format!("Invitation sent to {email}.")
}
pub(crate) fn revoke_lead(who: &str) -> String {
    format!("The link for {who} stops working right away.")
}
pub(crate) fn invitation_link_for(email: &str) -> String {
    format!("This server can't send e-mail, so {email} was not notified. Send them this link.")
}
pub(crate) fn expires(when: &str) -> String {
    format!("expires {when}")
}
pub(crate) fn invitation_facts(role: &str, by: &str, state: &str) -> String {
    format!("{role}, invited by {by}, {state}")
}
pub(crate) fn action_for(action: &str, who: &str) -> String {
    format!("{action}: {who}")
}

// Sites.
pub(crate) const YOUR_SITES: &str = "Your sites";
pub(crate) const SITES_LEAD: &str =
    "The chat works only on these addresses. Elsewhere, visitors see that it is not available.";
pub(crate) const NO_SITES: &str = "No sites yet";
pub(crate) const NO_SITES_LEAD: &str = "Add your website, then add its snippet to your pages.";
pub(crate) const ADD_SITE_OPEN: &str = "Add site…";
pub(crate) const ADD_SITE: &str = "Add site";
pub(crate) const EDIT_SITE: &str = "Edit site";
pub(crate) const NO_ADDRESSES: &str = "No addresses yet. The chat doesn't work on any website.";
pub(crate) const EDIT: &str = "Edit";
pub(crate) const EDIT_OPEN: &str = "Edit…";
pub(crate) const NEW_KEY_FOR: &str = "New key for";
pub(crate) const NEW_KEY_OPEN: &str = "New key…";
pub(crate) const DELETE: &str = "Delete";
pub(crate) const DELETE_OPEN: &str = "Delete…";
pub(crate) const REPLACE_KEY_TITLE: &str = "Replace this site's key?";
pub(crate) const REPLACE_KEY: &str = "Replace key";
pub(crate) const DELETE_SITE_TITLE: &str = "Delete this site?";
pub(crate) const DELETE_SITE: &str = "Delete site";
pub(crate) const ADDRESSES: &str = "Website addresses";
pub(crate) const ADDRESSES_HINT: &str =
    "One per line, e.g. https://shop.example (http:// only for localhost). No path.";
pub(crate) fn address_refused(origin: &str) -> String {
    format!("The chat tried to load on {origin}, which is not in this list.")
}
pub(crate) const ADDRESS_NEEDS_HTTPS: &str = "It can't be added: the chat needs https://, except on localhost. Change the website to https:// first.";
pub(crate) fn add_address(origin: &str) -> String {
    format!("Add {origin}")
}
pub(crate) fn snippet_for(site: &str) -> String {
    format!("Snippet for {site}")
}
pub(crate) fn replace_key_lead(site: &str) -> String {
    format!("Chat stops working on {site} until you update the snippet.")
}
pub(crate) fn delete_site_lead(site: &str) -> String {
    format!("Chat disappears from {site} right away, and its conversations are closed.")
}
