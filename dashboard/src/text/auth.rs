//! Text of the pages outside a workspace: sign-in, registration, links in e-mails, invitations.

pub(crate) const OTHER_OPTIONS: &str = "Other options";
pub(crate) const SIGN_IN: &str = "Sign in";
pub(crate) const BACK: &str = "Back";
pub(crate) const BACK_TO_SIGN_IN: &str = "Back to sign in";
pub(crate) const EMAIL: &str = "E-mail address";
pub(crate) const PASSWORD: &str = "Password";
pub(crate) const NEW_PASSWORD: &str = "New password";
pub(crate) const YOUR_NAME: &str = "Your name";
pub(crate) const CODE: &str = "Code";
pub(crate) const CODE_HINT: &str =
    "The 6-digit code from your authenticator app, or a backup code.";
pub(crate) const PASSWORD_HINT: &str =
    "At least 8 characters, with upper- and lowercase letters and a number.";

// Sign-in.
pub(crate) const SIGN_IN_TITLE: &str = "Sign in to Deskbell";
pub(crate) const CODE_TITLE: &str = "Enter your code";
pub(crate) const CODE_LEAD: &str = "Your account uses two-factor sign-in.";
pub(crate) const FORGOT: &str = "Forgot your password?";
pub(crate) const CREATE_ACCOUNT: &str = "Create an account";
pub(crate) const RESENT: &str = "E-mail sent again. Follow the link in it.";
pub(crate) const RESENT_MAILLESS: &str =
    "Ask the operator of this server for the link to your account. It expires after two days.";
pub(crate) const SEND_AGAIN: &str = "Send the e-mail again";
pub(crate) const REQUEST_LINK: &str = "Request a new link";

pub(crate) fn unconfirmed(email: &str) -> String {
    format!(
        "Confirm your e-mail address before you sign in the next time: open the link that we sent to {email}."
    )
}
pub(crate) fn unconfirmed_mailless(email: &str) -> String {
    format!(
        "Confirm {email} before you sign in the next time. This server can't send e-mail: ask its operator for the link."
    )
}

// Registration.
pub(crate) const REGISTER_LEAD: &str = "Start your own workspace.";
pub(crate) const WORKSPACE: &str = "Workspace";
pub(crate) const WORKSPACE_HINT: &str = "Your company or team.";
pub(crate) const REGISTER_SUBMIT: &str = "Create account";
pub(crate) const HAVE_ACCOUNT: &str = "Already have an account? Sign in";
pub(crate) const INVITATION_ONLY: &str = "By invitation only";
pub(crate) const INVITATION_ONLY_LEAD: &str =
    "You can't register on this server. Ask the operator of this server for an invitation.";
pub(crate) const CHECK_EMAIL: &str = "Check your e-mail";
pub(crate) const ASK_OPERATOR: &str = "Ask the operator of this server";
pub(crate) const SENT_AGAIN: &str = "E-mail sent again.";
pub(crate) fn verify_sent(email: &str) -> String {
    format!("We sent a link to {email}. Open it to confirm your address, then sign in.")
}
pub(crate) fn verify_mailless(email: &str) -> String {
    format!(
        "This server can't send e-mail. Its operator can give you the link for {email}. Open it, then sign in."
    )
}

// Links in e-mails.
pub(crate) const ONE_MOMENT: &str = "One moment";
pub(crate) const LINK_EXPIRED: &str = "This link has expired";
pub(crate) const SOMETHING_WRONG: &str = "That didn't work";
pub(crate) const VERIFY_TITLE: &str = "Confirm your e-mail address";
pub(crate) const VERIFY_LEAD: &str = "Confirm that this account and its e-mail address are yours.";
pub(crate) const VERIFY_BUTTON: &str = "Confirm address";
pub(crate) const VERIFIED_TITLE: &str = "Your address is confirmed";
pub(crate) const VERIFIED_LEAD: &str = "You can sign in now.";
pub(crate) const VERIFY_EXPIRED: &str = "It was already used, or it is more than two days old. Sign in: if your address still has to be confirmed, you can request another link there.";
pub(crate) const CONFIRM_TITLE: &str = "Confirm your new e-mail address";
pub(crate) const CONFIRM_LEAD: &str = "You will sign in with this address from now on.";
pub(crate) const CONFIRMED_TITLE: &str = "Your e-mail address has changed";
pub(crate) const CONFIRMED_LEAD: &str = "Use the new address to sign in.";
pub(crate) const CONFIRM_EXPIRED: &str = "It was already used, or it is more than a day old. If your address hasn't changed, start again in your settings.";
pub(crate) const OPEN_SETTINGS: &str = "Open the settings";

// A forgotten password.
pub(crate) const RESET_TITLE: &str = "Reset your password";
pub(crate) const FORGOT_LEAD: &str = "Enter your e-mail and we'll send you a reset link.";
pub(crate) const FORGOT_SUBMIT: &str = "Send reset link";
pub(crate) const FORGOT_MAILLESS_LEAD: &str = "This server can't send e-mail. Request a reset link here, then ask the operator of the server for it.";
pub(crate) const FORGOT_MAILLESS_SUBMIT: &str = "Request reset link";
pub(crate) const RESET_LEAD: &str = "This signs you out everywhere.";
pub(crate) const RESET_SUBMIT: &str = "Set new password";
pub(crate) const RESET_DONE: &str = "Your password has changed";
pub(crate) const RESET_DONE_LEAD: &str =
    "You were signed out everywhere. Sign in with the new password.";
pub(crate) const RESET_EXPIRED: &str =
    "It was already used, or it is more than an hour old. Your password hasn't changed.";
pub(crate) const ANOTHER_LINK: &str = "Request another link";
pub(crate) fn forgot_sent(email: &str) -> String {
    format!(
        "If {email} has an account here, a reset link is on its way. It works once and expires after an hour."
    )
}
pub(crate) fn forgot_mailless(email: &str) -> String {
    format!(
        "This server can't send e-mail. If {email} has an account here, the operator of the server can give you the link. It expires after an hour."
    )
}

// Invitations.
pub(crate) const CHECKING_INVITATION: &str = "Checking your invitation…";
pub(crate) const INVITATION_INVALID: &str = "This invitation is no longer valid";
pub(crate) const INVITATION_UNKNOWN: &str =
    "The link is incomplete or was replaced. Ask for another invitation.";
pub(crate) const INVITATION_ACCEPTED: &str = "It was already accepted. If that was you, sign in.";
pub(crate) const INVITATION_REVOKED: &str = "It was revoked. Ask for another invitation.";
pub(crate) const INVITATION_EXPIRED: &str = "It expired after 7 days. Ask for another invitation.";
pub(crate) const JOIN: &str = "Join workspace";
pub(crate) const JOIN_AS_NEW: &str = "Create account and join";
pub(crate) const OTHER_ACCOUNT: &str = "Sign out and use another account";
pub(crate) const FOR: &str = "For ";
pub(crate) fn join(workspace: &str) -> String {
    format!("Join {workspace}")
}
pub(crate) fn invited(by: &str, workspace: &str, role: &str) -> String {
    format!("{by} invited you to join {workspace} as {role}.")
}
pub(crate) fn signed_in_as(name: &str, email: &str) -> String {
    format!("You're signed in as {name} ({email}).")
}
pub(crate) fn invitation_for(email: &str) -> String {
    format!("This invitation is for {email}. Sign out to use it.")
}

// A suspended workspace, and a server that does not answer.
pub(crate) const SUSPENDED_LEAD: &str =
    "Visitors can't chat with it for now. All conversations are kept.";
pub(crate) const SUSPENDED_ASK: &str =
    "Ask the operator of this server. This page reloads when the workspace is active again.";
pub(crate) const REASON: &str = "Reason: ";
pub(crate) const UNREACHABLE: &str = "Can't reach Deskbell";
pub(crate) const UNREACHABLE_LEAD: &str = "This page reloads when the server is back.";
pub(crate) fn is_suspended(workspace: &str) -> String {
    format!("{workspace} is suspended")
}
pub(crate) fn go_to(workspace: &str) -> String {
    format!("Go to {workspace}")
}
