//! `/app/invitation#TOKEN`: somebody is asked to join a workspace.

use deskbell_protocol::ErrorCode;
use deskbell_protocol::api::invitations::{AcceptInvitation, InvitationState, InvitationView};
use leptos::prelude::*;

use crate::api::{Anonymous, ApiError, SignedIn};
use crate::components::button::Button;
use crate::components::entry::Entry;
use crate::components::field::{Field, FieldKind};
use crate::components::form_parts::{FormMessage, SubmitButton, on_submit};
use crate::components::screen_link::ScreenLink;
use crate::pages::link::LinkFailed;
use crate::pages::register::PASSWORD_HINT;
use crate::state::form::Form;
use crate::state::navigator::Navigator;
use crate::state::remote::Remote;
use crate::state::route::Route;
use crate::state::session::{Session, SessionStore};
use crate::state::words::role_in_a_sentence;

#[component]
pub(crate) fn InvitationPage(token: String) -> impl IntoView {
    let session = expect_context::<SessionStore>();
    let asked = token.clone();
    let found = Remote::new(move || {
        let token = asked.clone();
        async move {
            match Anonymous.find_invitation(token).await {
                Ok(found) => Ok(Some(found)),
                Err(ApiError::Refused(error)) if error.code == ErrorCode::LinkExpired => Ok(None),
                Err(error) => Err(error),
            }
        }
    });
    let who = Memo::new(move |_| session.get());
    move || {
        match (found.get(), found.standing().error.get(), who.get()) {
        (None, Some(text), _) => view! { <LinkFailed text on_retry=found.retry()/> }.into_any(),
        (None, None, _) | (_, _, Session::Checking) => view! {
            <Entry title="One moment" lead="We look at your invitation."><span class="entry-wait" role="status" aria-label="Working"></span></Entry>
        }
        .into_any(),
        (Some(None), ..) => view! { <Gone text="This link leads nowhere. Ask for another invitation."/> }.into_any(),
        (Some(Some(invitation)), _, who) => match invitation.state {
            InvitationState::Accepted => view! { <Gone text="It was accepted already. If that was you, sign in."/> }.into_any(),
            InvitationState::Revoked => view! { <Gone text="It was taken back. Ask for another one."/> }.into_any(),
            InvitationState::Expired => view! { <Gone text="Seven days have passed. Ask for another one."/> }.into_any(),
            InvitationState::Open => {
                let token = token.clone();
                match who {
                    Session::SignedIn(signed_in) => view! { <Join token invitation signed_in/> }.into_any(),
                    _ => view! { <JoinAsNew token invitation/> }.into_any(),
                }
            }
        },
    }
    }
}

fn lead(invitation: &InvitationView) -> String {
    format!(
        "{} invites you to answer visitors with them, as {}.",
        invitation.invited_by,
        role_in_a_sentence(invitation.role)
    )
}

/// Somebody who has an account joins with it.
#[component]
fn Join(token: String, invitation: InvitationView, signed_in: SignedIn) -> impl IntoView {
    let session = expect_context::<SessionStore>();
    let navigator = expect_context::<Navigator>();
    let form = Form::new(&[]);
    let me = signed_in.me.clone();
    let strange = invitation.email.clone().filter(|email| *email != me.email);
    let leaving = signed_in.clone();
    let accept = Callback::new(move |()| {
        let work = signed_in.clone().accept_invitation(token.clone());
        form.send(work, move |signed_in| {
            navigator.replace(Route::Inbox);
            session.enter(signed_in);
        });
    });
    let sign_out = Callback::new(move |()| {
        form.send(leaving.clone().sign_out(), move |_| session.leave());
    });
    let who = format!("You are signed in as {}, {}.", me.name, me.email);
    view! {
        <Entry title=format!("Join {}", invitation.workspace) lead=lead(&invitation)>
            <div class="entry-body">
                <FormMessage form/>
                <p>{who}</p>
                {match strange {
                    Some(email) => view! { <p>{format!("This invitation is for {email}. Sign out to use it.")}</p> }.into_any(),
                    None => view! {
                        <Button class="button-primary button-large" busy=form.busy() on_press=accept>"Join the workspace"</Button>
                    }.into_any(),
                }}
                <Button class="button-quiet" on_press=sign_out>"Sign out and use another account"</Button>
            </div>
        </Entry>
    }
}

/// Somebody new gets an account, or signs in to the one they have.
#[component]
fn JoinAsNew(token: String, invitation: InvitationView) -> impl IntoView {
    let session = expect_context::<SessionStore>();
    let navigator = expect_context::<Navigator>();
    let form = Form::new(&["name", "email", "password", "code"]);
    let (name, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let code = RwSignal::new(String::new());
    // Whoever has an account may join with its password; some have a second factor.
    let asks_code = RwSignal::new(false);
    Effect::new(move || {
        if form.code() == Some(ErrorCode::SecondFactorRequired) {
            asks_code.set(true);
        }
    });
    let email = RwSignal::new(String::new());
    let known = invitation.email.clone();
    let asks_email = known.is_none();
    let submit = Callback::new(move |()| {
        let email = email.get_untracked().trim().to_owned();
        let code = code.get_untracked().trim().to_owned();
        let body = AcceptInvitation {
            token: token.clone(),
            name: Some(name.get_untracked()),
            email: asks_email.then_some(email),
            password: Some(password.get_untracked()),
            code: (!code.is_empty()).then_some(code),
        };
        form.send(Anonymous.accept_invitation(body), move |signed_in| {
            navigator.replace(Route::Inbox);
            session.enter(signed_in);
        });
    });
    let sign_in = Callback::new(move |()| session.sign_in_first());
    view! {
        <Entry title=format!("Join {}", invitation.workspace) lead=lead(&invitation)>
            <form novalidate on:submit=on_submit(move || submit.run(()))>
                <FormMessage form/>
                {known.map(|email| view! { <p class="entry-for">"For " <strong>{email}</strong></p> })}
                <Field name="name" label="Your name" kind=FieldKind::Name value=name error=form.of_field("name")/>
                {asks_email.then(|| view! {
                    <Field name="email" label="E-mail address" kind=FieldKind::Username value=email
                        error=form.of_field("email")/>
                })}
                <Field name="password" label="Password" kind=FieldKind::NewPassword value=password
                    error=form.of_field("password") hint=PASSWORD_HINT/>
                {move || asks_code.get().then(|| view! {
                    <Field name="code" label="Code" kind=FieldKind::Code value=code error=form.of_field("code")
                        hint="Six digits from the app on your phone, or one of your backup codes."/>
                })}
                <SubmitButton class="button-large" form>"Create the account and join"</SubmitButton>
                <Button class="button-quiet" on_press=sign_in>"I have an account: sign in"</Button>
            </form>
        </Entry>
    }
}

#[component]
fn Gone(text: &'static str) -> impl IntoView {
    view! {
        <Entry title="This invitation is not open any more" lead=text>
            <div class="entry-body">
                <ScreenLink class="button button-primary button-large" to=Route::SignIn>"Sign in"</ScreenLink>
            </div>
        </Entry>
    }
}
