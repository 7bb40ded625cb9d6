//! The fixture of the contract tests: two workspaces on both engines. In North, Ada and Ben are
//! agents, Vera and Viktor visitors; in South, Stella is an agent and Sven a visitor.

use std::path::Path;

use deskbell_protocol::{
    AgentView, Body, ClientMessageId, Conversation, ConversationId, Message, Queue, Role, Sender,
    UnixMs,
};
use deskbell_store::conversations::inboxes::ListCursor;
use deskbell_store::conversations::messages::Appended;
use deskbell_store::conversations::{self, inboxes, messages};
use deskbell_store::identity::users;
use deskbell_store::identity::users::NewUser;
use deskbell_store::sites::Site;
use deskbell_store::workspace::workspaces;
use deskbell_store::{Error, Result, Store, Tx, VisitorScope, WorkspaceScope};
use deskbell_store::{sites, visitors};
use deskbell_testkit_db::{postgres, sqlite, temp_folder};
use tokio::runtime::Handle;
use tokio::task::spawn_blocking;

/// The time of every transaction, unless a test passes another.
pub const NOW: UnixMs = 1_700_000_000_000;

/// Runs a test on an empty SQLite file, then on an empty Postgres database. Both are copies of a
/// migrated template.
pub async fn on_both_engines(test: impl AsyncFn(Store)) {
    let folder = temp_folder::new().unwrap();
    let path = folder.path().join("deskbell.db");
    let runtime = Handle::current();
    let (copy, handle) = (path.clone(), runtime.clone());
    let migrate = move |path: &Path| {
        handle.block_on(migrate_sqlite(path));
        Ok(())
    };
    let copied = spawn_blocking(move || sqlite::copy_template(&copy, migrate));
    copied.await.unwrap().unwrap();
    let migrate = move |url: &str| {
        runtime.block_on(migrate_postgres(url));
        Ok(())
    };
    let url = spawn_blocking(|| postgres::new_migrated_database(migrate));
    let url = url.await.unwrap().unwrap();
    let sqlite = Store::open_sqlite(&path).await.unwrap();
    let postgres = Store::open_postgres(&url).await.unwrap();
    for store in [sqlite, postgres] {
        // Printed when the test fails: the last engine is the one that failed.
        println!("on {}", store.engine());
        test(store.clone()).await;
        store.close().await;
    }
}

async fn migrate_sqlite(path: &Path) {
    let store = Store::open_sqlite(path).await.unwrap();
    store.migrate().await.unwrap();
    store.close().await;
    // The last connection that closes moves the write-ahead log into the file. If two close at the
    // same moment, neither is the last; so one more is opened and closed.
    while path.with_extension("db-wal").exists() {
        Store::open_sqlite(path).await.unwrap().close().await;
    }
}

async fn migrate_postgres(url: &str) {
    let store = Store::open_postgres(url).await.unwrap();
    store.migrate().await.unwrap();
    store.close().await;
}

/// The people, their workspaces and their sites.
pub struct Fixture {
    pub store: Store,
    pub ada: WorkspaceScope,
    pub ben: WorkspaceScope,
    pub stella: WorkspaceScope,
    pub north_site: Site,
    pub south_site: Site,
    pub vera: VisitorScope,
    pub viktor: VisitorScope,
    pub sven: VisitorScope,
}

impl Fixture {
    pub async fn build(store: Store) -> Self {
        let mut tx = store.begin(NOW).await.unwrap();
        let north = workspaces::create_workspace(&mut tx, "North")
            .await
            .unwrap();
        let south = workspaces::create_workspace(&mut tx, "South")
            .await
            .unwrap();
        let origins = ["https://shop.example".to_owned()];
        let north_site = sites::create_site(&mut tx, north, "North shop", "north-key", &origins)
            .await
            .unwrap();
        let south_site = sites::create_site(&mut tx, south, "South shop", "south-key", &origins)
            .await
            .unwrap();
        let mut members = Vec::new();
        for (name, workspace_id) in [("Ada", north), ("Ben", north), ("Stella", south)] {
            let user = users::create_user(&mut tx, new_user(name)).await.unwrap();
            workspaces::create_membership(&mut tx, workspace_id, user.id, Role::Agent)
                .await
                .unwrap();
            members.push(WorkspaceScope {
                workspace_id,
                user: AgentView {
                    id: user.id,
                    name: user.name,
                },
                role: Role::Agent,
            });
        }
        let vera = visitors::create_visitor(&mut tx, &north_site)
            .await
            .unwrap();
        let viktor = visitors::create_visitor(&mut tx, &north_site)
            .await
            .unwrap();
        let sven = visitors::create_visitor(&mut tx, &south_site)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        let [ada, ben, stella] = members.try_into().unwrap();
        Self {
            store,
            ada,
            ben,
            stella,
            north_site,
            south_site,
            vera,
            viktor,
            sven,
        }
    }

    /// Begins a transaction at [`NOW`].
    pub async fn begin(&self) -> Tx {
        self.store.begin(NOW).await.unwrap()
    }

    /// Starts a conversation at `now`.
    pub async fn start_at(
        &self,
        now: UnixMs,
        visitor: &VisitorScope,
        client: ClientMessageId,
        text: &str,
    ) -> Conversation {
        let mut tx = self.store.begin(now).await.unwrap();
        let started = conversations::start(&mut tx, visitor, client, text)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        started.conversation
    }

    /// Starts a conversation.
    pub async fn start(
        &self,
        visitor: &VisitorScope,
        client: ClientMessageId,
        text: &str,
    ) -> Conversation {
        self.start_at(NOW, visitor, client, text).await
    }

    /// Sends a message of a visitor.
    pub async fn say(
        &self,
        visitor: &VisitorScope,
        id: ConversationId,
        client: ClientMessageId,
        text: &str,
    ) -> Appended {
        let mut tx = self.begin().await;
        let locked = conversations::lock_for_visitor(&mut tx, visitor, id)
            .await
            .unwrap();
        let appended = messages::append(
            &mut tx,
            &locked,
            &sender(visitor),
            Some(client),
            &words(text),
        )
        .await
        .unwrap();
        tx.commit().await.unwrap();
        appended
    }

    /// Reads all messages of a conversation of North, in order.
    pub async fn all_messages(&self, id: ConversationId) -> Vec<Message> {
        let mut reader = self.store.read().await.unwrap();
        let north = self.ada.workspace_id;
        messages::page_after(&mut reader, north, id, 0, usize::MAX)
            .await
            .unwrap()
            .0
    }

    /// Lists the first conversations of an agent's inbox.
    pub async fn list(&self, agent: &WorkspaceScope, limit: usize) -> Vec<Conversation> {
        let mut reader = self.store.read().await.unwrap();
        let inbox = inboxes::get_inbox(&mut reader, agent).await.unwrap();
        let first = ListCursor::first(inbox.position);
        inboxes::list_conversations(&mut reader, agent, None, first, limit)
            .await
            .unwrap()
            .0
    }

    /// Reads a conversation as an agent sees it.
    pub async fn head(&self, agent: &WorkspaceScope, id: ConversationId) -> Conversation {
        let mut reader = self.store.read().await.unwrap();
        conversations::get_for_agent(&mut reader, agent, id)
            .await
            .unwrap()
    }
}

pub fn new_user(name: &str) -> NewUser {
    NewUser {
        email: format!("{}@north.example", name.to_lowercase()),
        name: name.to_owned(),
        password_hash: format!("hash of {name}"),
    }
}

/// The client id with this number.
pub fn client(number: u64) -> ClientMessageId {
    let mut random = [0; 10];
    random[2..].copy_from_slice(&number.to_be_bytes());
    ClientMessageId::from_parts(NOW, random)
}

pub fn sender(visitor: &VisitorScope) -> Sender {
    Sender::Visitor {
        id: visitor.visitor_id,
        name: visitor.name.clone(),
    }
}

pub fn agent_sender(agent: &WorkspaceScope) -> Sender {
    Sender::Agent {
        id: agent.user.id,
        name: agent.user.name.clone(),
    }
}

pub fn words(text: &str) -> Body {
    Body::Text {
        text: text.to_owned(),
    }
}

pub fn queue(waiting: i64, active: i64, resolved: i64) -> Queue {
    Queue {
        waiting,
        active,
        resolved,
    }
}

/// Asserts that a row does not exist, or not in the caller's scope.
pub fn not_found<T: std::fmt::Debug>(result: Result<T>) {
    assert!(matches!(result, Err(Error::NotFound)), "{result:?}");
}
