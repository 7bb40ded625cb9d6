//! `/app/invitation#TOKEN`: accepts an invitation to a workspace.

use deskbell_protocol::ErrorCode;
use deskbell_protocol::api::workspace::invitations::{
    AcceptInvitation, InvitationState, InvitationView,
};
use leptos::prelude::*;

use crate::api::{Anonymous, ApiError, SignedIn};
use crate::areas::identity::link_page::LinkFailed;
use crate::shell::entry::Entry;
use crate::shell::form::Form;
use crate::shell::form_parts::{FormMessage, SubmitButton, on_submit};
use crate::shell::navigator::Navigator;
use crate::shell::resource::Resource;
use crate::shell::route::Route;
use crate::shell::screen_link::ScreenLink;
use crate::shell::session::{Session, SessionStore};
use crate::text::people::role_with_article;
use crate::text::{auth as text, shell};
use crate::ui::button::Button;
use crate::ui::field::{Field, FieldKind};

#[component]
pub(crate) fn InvitationPage(token: String) -> impl IntoView {
    let session = expect_context::<SessionStore>();
    let asked = token.clone();
    let found = Resource::new(move || {
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
        match (found.get(), found.load_state().error.get(), who.get()) {
        (None, Some(error), _) => view! { <LinkFailed text=error on_retry=found.retry()/> }.into_any(),
        (None, None, _) | (_, _, Session::Checking) => view! {
            <Entry title=text::ONE_MOMENT lead=text::CHECKING_INVITATION><span class="entry-wait" role="status" aria-label=shell::WORKING></span></Entry>
        }
        .into_any(),
        (Some(None), ..) => view! { <Gone reason=text::INVITATION_UNKNOWN/> }.into_any(),
        (Some(Some(invitation)), _, who) => match invitation.state {
            InvitationState::Accepted => view! { <Gone reason=text::INVITATION_ACCEPTED/> }.into_any(),
            InvitationState::Revoked => view! { <Gone reason=text::INVITATION_REVOKED/> }.into_any(),
            InvitationState::Expired => view! { <Gone reason=text::INVITATION_EXPIRED/> }.into_any(),
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
    text::invited(
        &invitation.invited_by,
        &invitation.workspace,
        role_with_article(invitation.role),
    )
}

/// Joins with the account that is signed in.
#[component]
fn Join(token: String, invitation: InvitationView, signed_in: SignedIn) -> impl IntoView {
    let session = expect_context::<SessionStore>();
    let navigator = expect_context::<Navigator>();
    let form = Form::new(&[]);
    let me = signed_in.me.clone();
    let other_email = invitation.email.clone().filter(|email| *email != me.email);
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
    let who = text::signed_in_as(&me.name, &me.email);
    view! {
        <Entry title=text::join(&invitation.workspace) lead=lead(&invitation)>
            <div class="entry-body">
                <FormMessage form/>
                <p>{who}</p>
                {match other_email {
                    Some(email) => view! { <p>{text::invitation_for(&email)}</p> }.into_any(),
                    None => view! {
                        <Button class="button-primary button-large" busy=form.busy() on_press=accept>{text::JOIN}</Button>
                    }.into_any(),
                }}
                <Button class="button-quiet" on_press=sign_out>{text::OTHER_ACCOUNT}</Button>
            </div>
        </Entry>
    }
}

/// Joins with a new account, or with the password of an existing one.
#[component]
fn JoinAsNew(token: String, invitation: InvitationView) -> impl IntoView {
    let session = expect_context::<SessionStore>();
    let navigator = expect_context::<Navigator>();
    let form = Form::new(&["name", "email", "password", "code"]);
    let (name, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let code = RwSignal::new(String::new());
    // An existing account may have a second factor.
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
        <Entry title=text::join(&invitation.workspace) lead=lead(&invitation)>
            <form novalidate on:submit=on_submit(move || submit.run(()))>
                <FormMessage form/>
                {known.map(|email| view! { <p class="entry-for">{text::FOR} <strong>{email}</strong></p> })}
                <Field name="name" label=text::YOUR_NAME kind=FieldKind::Name value=name error=form.of_field("name")/>
                {asks_email.then(|| view! {
                    <Field name="email" label=text::EMAIL kind=FieldKind::Username value=email
                        error=form.of_field("email")/>
                })}
                <Field name="password" label=text::PASSWORD kind=FieldKind::NewPassword value=password
                    error=form.of_field("password") hint=text::PASSWORD_HINT/>
                {move || asks_code.get().then(|| view! {
                    <Field name="code" label=text::CODE kind=FieldKind::Code value=code error=form.of_field("code")
                        hint=text::CODE_HINT/>
                })}
                <SubmitButton class="button-large" form>{text::JOIN_AS_NEW}</SubmitButton>
                <Button class="button-quiet" on_press=sign_in>{text::HAVE_ACCOUNT}</Button>
            </form>
        </Entry>
    }
}

#[component]
fn Gone(reason: &'static str) -> impl IntoView {
    view! {
        <Entry title=text::INVITATION_INVALID lead=reason>
            <div class="entry-body">
                <ScreenLink class="button button-primary button-large" to=Route::SignIn>{text::SIGN_IN}</ScreenLink>
            </div>
        </Entry>
    }
}
