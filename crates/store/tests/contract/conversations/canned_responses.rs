//! Canned responses: their audience, their shortcuts, their list and their use.

use deskbell_protocol::Role;
use deskbell_protocol::api::conversations::canned_responses::{CannedResponse, ResponseScope};
use deskbell_store::conversations::canned_responses::{
    self, Audience, Fields, Filter, ListPosition,
};
use deskbell_store::workspace::members;
use deskbell_store::workspace::teams::{self, NewTeam};
use deskbell_store::{Error, Store, WorkspaceScope};

use crate::fixture::{Fixture, NOW, not_found, on_both_engines};

fn fields(audience: Audience, shortcut: &str) -> Fields {
    Fields {
        audience,
        shortcut: shortcut.to_owned(),
        shortcut_key: shortcut.to_lowercase(),
        title: "A title".to_owned(),
        category: "Greetings".to_owned(),
        content: "Hi {{visitor.name|there}}".to_owned(),
        search_text: format!("{}\na title", shortcut.to_lowercase()),
    }
}

async fn create(store: &Store, scope: &WorkspaceScope, fields: &Fields) -> CannedResponse {
    let mut tx = store.begin(NOW).await.unwrap();
    let id = canned_responses::create_canned_response(&mut tx, scope, fields)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let mut reader = store.read().await.unwrap();
    canned_responses::get_canned_response(&mut reader, scope, id)
        .await
        .unwrap()
}

async fn shortcuts(store: &Store, scope: &WorkspaceScope, filter: &Filter) -> Vec<String> {
    let mut reader = store.read().await.unwrap();
    let from = ListPosition::default();
    let rows = canned_responses::list_canned_responses(&mut reader, scope, filter, &from, 9)
        .await
        .unwrap();
    rows.into_iter().map(|(it, _)| it.shortcut).collect()
}

#[tokio::test]
async fn a_member_sees_their_own_and_those_of_the_workspace() {
    on_both_engines(async |store| {
        let Fixture {
            ada,
            ben,
            stella,
            store,
            ..
        } = Fixture::build(store).await;
        let own = Audience::Own(ada.user.id);
        let mine = create(&store, &ada, &fields(own, "Mine")).await;
        let shared = create(&store, &ada, &fields(Audience::Workspace, "Shared")).await;
        assert_eq!(
            (mine.scope, shared.scope),
            (ResponseScope::Own, ResponseScope::Workspace)
        );
        assert_eq!(mine.created_by, ada.user);
        let all = Filter::default();
        assert_eq!(shortcuts(&store, &ada, &all).await, ["Mine", "Shared"]);
        assert_eq!(shortcuts(&store, &ben, &all).await, ["Shared"]);
        assert!(shortcuts(&store, &stella, &all).await.is_empty());
        let mut tx = store.begin(NOW).await.unwrap();
        not_found(canned_responses::get_canned_response(&mut tx, &ben, mine.id).await);
        not_found(canned_responses::get_canned_response(&mut tx, &stella, shared.id).await);
        let foreign = fields(Audience::Workspace, "Taken");
        not_found(
            canned_responses::set_canned_response(&mut tx, &stella, shared.id, &foreign).await,
        );
        not_found(canned_responses::count_use(&mut tx, &stella, shared.id).await);
        not_found(canned_responses::delete_canned_response(&mut tx, &stella, shared.id).await);
        for (scope, audience, key, found) in [
            (&ada, own, "mine", Some(&mine)),
            (&ada, Audience::Workspace, "mine", None),
            (&ben, Audience::Own(ben.user.id), "mine", None),
            (&ben, Audience::Workspace, "shared", Some(&shared)),
            (&stella, Audience::Workspace, "shared", None),
        ] {
            let answer = canned_responses::find_by_shortcut(&mut tx, scope, audience, key).await;
            assert_eq!(answer.unwrap().as_ref(), found, "{audience:?} {key}");
        }
        for (workspace, audience, count) in [
            (ada.workspace_id, own, 1),
            (ada.workspace_id, Audience::Workspace, 1),
            (ada.workspace_id, Audience::Own(ben.user.id), 0),
            (stella.workspace_id, Audience::Workspace, 0),
        ] {
            let counted =
                canned_responses::count_canned_responses(&mut tx, workspace, audience).await;
            assert_eq!(counted.unwrap(), count, "{audience:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_teams_response_is_seen_by_its_members_and_administrators() {
    on_both_engines(async |store| {
        let Fixture {
            ada,
            ben,
            stella,
            store,
            ..
        } = Fixture::build(store).await;
        let mut tx = store.begin(NOW).await.unwrap();
        let new = NewTeam {
            name: "Returns".to_owned(),
            name_key: "returns".to_owned(),
            color: None,
            languages: Vec::new(),
        };
        let team = teams::create_team(&mut tx, &ada, new).await.unwrap().id;
        teams::add_members(&mut tx, &ada, team, &[ben.user.id])
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let audience = Audience::Team(team);
        let made = create(&store, &ben, &fields(audience, "Hi")).await;
        assert_eq!(
            (made.scope, made.team_id),
            (ResponseScope::Team, Some(team))
        );
        let admin = WorkspaceScope {
            role: Role::Admin,
            ..ada.clone()
        };
        let elsewhere = WorkspaceScope {
            role: Role::Owner,
            ..stella
        };
        let all = Filter::default();
        assert_eq!(shortcuts(&store, &ben, &all).await, ["Hi"]);
        assert_eq!(shortcuts(&store, &admin, &all).await, ["Hi"]);
        assert!(shortcuts(&store, &ada, &all).await.is_empty());
        assert!(shortcuts(&store, &elsewhere, &all).await.is_empty());
        let mut tx = store.begin(NOW).await.unwrap();
        let found = canned_responses::find_by_shortcut(&mut tx, &ben, audience, "hi").await;
        assert_eq!(found.unwrap(), Some(made.clone()));
        let shared =
            canned_responses::count_canned_responses(&mut tx, ada.workspace_id, audience).await;
        assert_eq!(shared.unwrap(), 1);
        teams::delete_team(&mut tx, &ada, team).await.unwrap();
        not_found(canned_responses::get_canned_response(&mut tx, &admin, made.id).await);
    })
    .await;
}

#[tokio::test]
async fn a_shortcut_is_unique_in_its_audience() {
    on_both_engines(async |store| {
        let Fixture {
            ada,
            ben,
            stella,
            store,
            ..
        } = Fixture::build(store).await;
        let own = |scope: &WorkspaceScope| Audience::Own(scope.user.id);
        create(&store, &ada, &fields(Audience::Workspace, "Hi")).await;
        let mine = create(&store, &ada, &fields(own(&ada), "Hi")).await;
        create(&store, &ben, &fields(own(&ben), "Hi")).await;
        create(&store, &stella, &fields(Audience::Workspace, "Hi")).await;
        for (scope, audience) in [(&ben, Audience::Workspace), (&ada, own(&ada))] {
            let mut tx = store.begin(NOW).await.unwrap();
            let again = fields(audience, "HI");
            let refused = canned_responses::create_canned_response(&mut tx, scope, &again).await;
            assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
        }
        let mut tx = store.begin(NOW).await.unwrap();
        let shared = fields(Audience::Workspace, "Hi");
        let moved = canned_responses::set_canned_response(&mut tx, &ada, mine.id, &shared).await;
        assert!(matches!(moved, Err(Error::Conflict(_))), "{moved:?}");
    })
    .await;
}

#[tokio::test]
async fn a_list_is_filtered_and_continues_after_a_position() {
    on_both_engines(async |store| {
        let Fixture { ada, store, .. } = Fixture::build(store).await;
        for name in ["b", "C", "a"] {
            create(&store, &ada, &fields(Audience::Workspace, name)).await;
        }
        let other = Fields {
            category: "50%".to_owned(),
            search_text: "d 50%".to_owned(),
            ..fields(Audience::Own(ada.user.id), "d")
        };
        create(&store, &ada, &other).await;
        let filter = |search: Option<&str>, category: Option<&str>, scope| Filter {
            search: search.map(str::to_owned),
            category: category.map(str::to_owned),
            scope,
        };
        for (filter, expected) in [
            (Filter::default(), vec!["a", "b", "C", "d"]),
            (filter(Some("title"), None, None), vec!["a", "b", "C"]),
            (filter(Some("0%"), None, None), vec!["d"]),
            (filter(Some("t%e"), None, None), vec![]),
            (filter(None, Some("Greetings"), None), vec!["a", "b", "C"]),
            (filter(None, None, Some(ResponseScope::Own)), vec!["d"]),
        ] {
            assert_eq!(
                shortcuts(&store, &ada, &filter).await,
                expected,
                "{filter:?}"
            );
        }
        let mut reader = store.read().await.unwrap();
        let all = Filter::default();
        let (mut after, mut read) = (ListPosition::default(), Vec::new());
        loop {
            let page = canned_responses::list_canned_responses(&mut reader, &ada, &all, &after, 1);
            let Some((next, position)) = page.await.unwrap().into_iter().next() else {
                break;
            };
            read.push(next.shortcut);
            after = position;
        }
        assert_eq!(read, ["a", "b", "C", "d"]);
        let categories = canned_responses::list_categories(&mut reader, &ada).await;
        assert_eq!(categories.unwrap(), ["50%", "Greetings"]);
    })
    .await;
}

#[tokio::test]
async fn a_response_is_changed_used_and_deleted() {
    on_both_engines(async |store| {
        let Fixture {
            ada, ben, store, ..
        } = Fixture::build(store).await;
        let made = create(&store, &ada, &fields(Audience::Workspace, "Hi")).await;
        let mut tx = store.begin(NOW + 5).await.unwrap();
        let own = fields(Audience::Own(ada.user.id), "Hello");
        canned_responses::set_canned_response(&mut tx, &ada, made.id, &own)
            .await
            .unwrap();
        canned_responses::count_use(&mut tx, &ada, made.id)
            .await
            .unwrap();
        let changed = canned_responses::get_canned_response(&mut tx, &ada, made.id)
            .await
            .unwrap();
        let expected = CannedResponse {
            scope: ResponseScope::Own,
            shortcut: "Hello".to_owned(),
            updated_at: NOW + 5,
            use_count: 1,
            last_used_at: Some(NOW + 5),
            ..made.clone()
        };
        assert_eq!(changed, expected);
        // An own response ends with the membership.
        members::delete_membership(&mut tx, &ada, ben.user.id)
            .await
            .unwrap();
        canned_responses::get_canned_response(&mut tx, &ada, made.id)
            .await
            .unwrap();
        canned_responses::delete_canned_response(&mut tx, &ada, made.id)
            .await
            .unwrap();
        not_found(canned_responses::delete_canned_response(&mut tx, &ada, made.id).await);
        let own = fields(Audience::Own(ada.user.id), "Bye");
        let again = canned_responses::create_canned_response(&mut tx, &ada, &own)
            .await
            .unwrap();
        members::delete_membership(&mut tx, &ada, ada.user.id)
            .await
            .unwrap();
        not_found(canned_responses::get_canned_response(&mut tx, &ada, again).await);
        tx.commit().await.unwrap();
        assert!(shortcuts(&store, &ada, &Filter::default()).await.is_empty());
    })
    .await;
}
