//! Routes of the HTTP API, which are described only on request.
//!
//! [`OpenApiRouter`] describes each route as it is added. That takes much time and memory at each
//! start, for a page that few installations open.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::routing::MethodRouter;
use utoipa::__dev::{SchemaReferences, Tags};
use utoipa::openapi::{HttpMethod, OpenApi, Paths, RefOr, Schema};
use utoipa_axum::PathItemExt;
use utoipa_axum::router::OpenApiRouter;

use crate::app::App;

/// Adds the descriptions of some routes.
type Describe = fn(&mut Description);

/// A part of the API.
#[derive(Default)]
pub struct Api {
    router: Router<App>,
    descriptions: Vec<Describe>,
}

/// The methods of one path.
pub struct Routes {
    pub path: String,
    pub methods: MethodRouter<App>,
    pub describe: Describe,
}

/// The [`Routes`] of handlers with one path: the path and the methods are in the attribute of each
/// handler.
macro_rules! routes {
    ($($module:ident :: $handler:ident),+ $(,)?) => {
        utoipa_axum::paste! {{
            use utoipa::Path;
            let [path, ..] = [$($module::[<__path_ $handler>]::path()),+];
            let methods = axum::routing::MethodRouter::new();
            $(let methods = $crate::router::api::answer(
                methods,
                &$module::[<__path_ $handler>]::methods(),
                $module::$handler,
            );)+
            $crate::router::api::Routes {
                path,
                methods,
                describe: |description| {
                    $(description.add::<$module::[<__path_ $handler>]>();)+
                },
            }
        }}
    };
}
pub(super) use routes;

/// The descriptions of routes: their operations, and the schemas that these refer to.
///
/// `utoipa_axum::routes!` collects the same, but also adds each handler to a second router, which made
/// compiling the server noticeably slower. The traits of `utoipa::__dev` are those that it uses.
#[derive(Default)]
pub struct Description {
    paths: Paths,
    schemas: Vec<(String, RefOr<Schema>)>,
}

impl Description {
    /// Adds the operation that the attribute of a handler describes.
    pub fn add<P: utoipa::Path + SchemaReferences + Tags<'static>>(&mut self) {
        let mut operation = P::operation();
        let tags = P::tags();
        if !tags.is_empty() {
            let tags = tags.into_iter().map(str::to_owned);
            operation.tags.get_or_insert_default().extend(tags);
        }
        P::schemas(&mut self.schemas);
        let (path, methods) = (P::path(), P::methods());
        self.paths.add_path_operation(path, methods, operation);
    }
}

/// Adds a handler for these methods.
pub fn answer<H, T>(
    router: MethodRouter<App>,
    methods: &[HttpMethod],
    handler: H,
) -> MethodRouter<App>
where
    H: Handler<T, App>,
    T: 'static,
{
    methods.iter().fold(router, |router, method| {
        router.on(method.to_method_filter(), handler.clone())
    })
}

impl Api {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn routes(mut self, routes: Routes) -> Self {
        self.router = self.router.route(&routes.path, routes.methods);
        self.descriptions.push(routes.describe);
        self
    }

    pub fn merge(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.descriptions.extend(other.descriptions);
        self
    }

    /// Sets the maximum size of request bodies.
    pub fn with_body_limit(mut self, bytes: usize) -> Self {
        self.router = self.router.layer(DefaultBodyLimit::max(bytes));
        self
    }

    pub fn into_router(self) -> Router<App> {
        self.router
    }

    pub fn into_openapi(self) -> OpenApi {
        let mut description = Description::default();
        for describe in self.descriptions {
            describe(&mut description);
        }
        let mut api = OpenApiRouter::<App>::new().into_openapi();
        api.paths = description.paths;
        let components = api.components.get_or_insert_default();
        components.schemas.extend(description.schemas);
        api
    }
}
