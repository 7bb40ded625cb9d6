//! The composition: creates the parts of a server and connects them.

use std::sync::{Arc, OnceLock};

use deskbell_base::limits::Limits;
use deskbell_base::secrets::sealer::Sealer;
use deskbell_base::secrets::token::TokenSigner;
use deskbell_domain::core::{Core, Policy, Urls};
use deskbell_domain::identity::failed_sign_ins::FailedSignIns;
use deskbell_domain::platform::blocklist::PlatformBlocklist;
use deskbell_domain::platform::maintenance::MaintenanceMode;
use deskbell_hub::Hub;
use deskbell_store::Store;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::task::TaskTracker;

use crate::app::{App, Parts};
use crate::config::Config;
use crate::handles::Capacity;
use crate::ingest::message_writer::{WriterTasks, message_writer};
use crate::ingest::receipt_writer::{self, ReceiptWriter};
use crate::ingest::visitor_loader::{LoaderTasks, visitor_loader};
use crate::publish::{self, Publisher, Wakes};
use crate::realtime::poll_sessions::PollSessions;
use crate::realtime::state::{self, Realtime};
use crate::web::WebFiles;
use crate::workers::mail_sender::{self, MailSender};
use crate::workers::smtp::SmtpClient;
use crate::workers::{absence, outbox, platform_poller, presence_ticker, purge};

/// The parts that differ between the real server and a simulated one.
pub struct Ingredients<'a> {
    pub config: Config,
    /// The capacity of connections of this process.
    pub capacity: Capacity,
    pub store: Store,
    pub hub: Hub,
    pub secret: &'a [u8],
    /// The number of queues of the message writer.
    pub writers: usize,
    pub web: WebFiles,
    pub stopping: watch::Receiver<bool>,
}

/// Tasks that are created and not started yet.
pub struct Tasks {
    writers: WriterTasks,
    loaders: LoaderTasks,
    mail: Arc<MailSender>,
    wakes: Arc<Wakes>,
}

/// Creates and connects the parts.
pub fn compose(from: Ingredients) -> (App, Tasks) {
    let Ingredients {
        config,
        capacity,
        store,
        hub,
        secret,
        writers,
        web,
        stopping,
    } = from;
    let (maintenance, wakes) = (Arc::<MaintenanceMode>::default(), Arc::<Wakes>::default());
    let tasks = TaskTracker::new();
    let publisher = Publisher::new(publish::Parts {
        hub: hub.clone(),
        store: store.clone(),
        wakes: Arc::clone(&wakes),
        maintenance: Arc::clone(&maintenance),
        tasks: tasks.clone(),
        stopping: stopping.clone(),
    });
    let db = store.with_hook(Arc::new(publisher));
    let core = Core {
        limits: Arc::new(Limits::new(
            config.limits.clone(),
            capacity.most_by_address(),
        )),
        signer: Arc::new(TokenSigner::new(secret)),
        sealer: Arc::new(Sealer::new(secret)),
        urls: Arc::new(Urls(config.public_url.clone())),
        policy: Arc::new(Policy {
            registration: config.registration,
            bcrypt_cost: config.bcrypt_cost,
            sends_mail: config.smtp.is_some(),
            forget_unconfirmed_after_days: config.forget_unconfirmed_after_days,
        }),
        maintenance,
        blocklist: Arc::new(PlatformBlocklist::new(config.blocked_networks.clone())),
        failed_sign_ins: FailedSignIns::new(db.clone(), tasks.clone(), stopping.clone()),
        db,
    };
    let mail = Arc::new(MailSender {
        core: core.clone(),
        smtp: config
            .smtp
            .as_ref()
            .map(|smtp| SmtpClient::new(smtp, &config)),
        pace: config.mail_pace,
        wakes: Arc::clone(&wakes),
    });
    let (messages, writers) = message_writer(writers);
    let (visitors, loaders) = visitor_loader();
    let realtime = Realtime::new(state::Parts {
        core: core.clone(),
        hub: hub.clone(),
        messages,
        visitors,
        receipts: Arc::new(ReceiptWriter::default()),
        sessions: TaskTracker::new(),
        polls: PollSessions::default(),
        stopping: stopping.clone(),
    });
    let app = App::new(Parts {
        config,
        capacity,
        core,
        hub,
        realtime,
        supervisor: Arc::default(),
        tasks,
        web,
        openapi: crate::openapi::cached_text,
        api_docs: OnceLock::new(),
        stopping,
    });
    let tasks = Tasks {
        writers,
        loaders,
        mail,
        wakes,
    };
    (app, tasks)
}

impl Tasks {
    /// Starts the tasks that sessions depend on.
    pub fn start_ingest(self, app: &App) -> (Vec<JoinHandle<()>>, RestOfTasks) {
        let (core, hub, supervisor) = (&app.core, &app.hub, &app.supervisor);
        let mut started = self.writers.start(core, hub, supervisor);
        started.extend(self.loaders.start(&core.db, supervisor));
        let (receipts, db) = (Arc::clone(&app.realtime.receipts), core.db.clone());
        started.push(supervisor.start("receipt writer", move || {
            receipt_writer::run(Arc::clone(&receipts), db.clone())
        }));
        let (core, hub) = (core.clone(), hub.clone());
        started.push(supervisor.start("presence ticker", move || {
            presence_ticker::run(core.clone(), hub.clone())
        }));
        let rest = RestOfTasks {
            mail: self.mail,
            wakes: self.wakes,
        };
        (started, rest)
    }
}

/// Tasks that a simulated server does not have.
pub struct RestOfTasks {
    mail: Arc<MailSender>,
    wakes: Arc<Wakes>,
}

impl RestOfTasks {
    /// Starts the workers for mail, absence, purge and outbox, and the platform pollers.
    pub fn start(self, app: &App) -> [JoinHandle<()>; 6] {
        let (core, hub, supervisor) = (&app.core, &app.hub, &app.supervisor);
        let (mail, wakes) = (self.mail, self.wakes);
        let purging = core.clone();
        let purge = move || purge::run(purging.clone(), Arc::clone(&wakes));
        let parts = (core.clone(), hub.clone());
        let maintenance =
            move || platform_poller::poll_maintenance(parts.0.clone(), parts.1.clone());
        let parts = (core.clone(), hub.clone());
        let blocklist = move || platform_poller::poll_blocklist(parts.0.clone(), parts.1.clone());
        let pruning = core.clone();
        let outbox = move || outbox::run(pruning.clone());
        let parts = (core.clone(), hub.clone());
        let absence = move || absence::run(parts.0.clone(), parts.1.clone());
        [
            supervisor.start("absence", absence),
            supervisor.start("mail", move || mail_sender::run(Arc::clone(&mail))),
            supervisor.start("purge", purge),
            supervisor.start("outbox", outbox),
            supervisor.start("maintenance", maintenance),
            supervisor.start("block list", blocklist),
        ]
    }
}
