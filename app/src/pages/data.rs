//! The data a page is drawn from: loaded on the server, taken over by the browser, loaded again when the address changes.
//!
//! leptos compiles all of a resource and of its boundary once for every type of data. Here both know one type only,
//! [`Data`], and what it is comes back where it is drawn: five copies less in the browser.

use std::any::Any;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::server::codee::{Decoder, Encoder};
use model::{ApiError, ErrorCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::api::DoorError;

/// What the data depend on: at most three values of the address.
pub(super) type Key = [Option<String>; 3];

type Loading = Pin<Box<dyn Future<Output = Data> + Send>>;
type Draw = Arc<dyn Fn(&Data) -> AnyView + Send + Sync>;

/// The data of one page, `T` or why there are none.
pub(super) struct PageData<T> {
    resource: Resource<Data, AsJson>,
    of: PhantomData<fn() -> T>,
}

/// Loads anew whenever `key` changes. To be called once, in a page's body.
pub(super) fn page_data<T, Loads>(
    key: impl Fn() -> Key + Send + Sync + 'static,
    load: impl Fn(Key) -> Loads + Send + Sync + 'static,
) -> PageData<T>
where
    T: Serialize + Send + Sync + 'static,
    Loads: Future<Output = Result<T, DoorError>> + Send + 'static,
{
    let load = move |key| -> Loading {
        let loading = load(key);
        Box::pin(async move { Data::Loaded(Arc::new(loading.await)) })
    };
    PageData { resource: resource(Box::new(key), Box::new(load)), of: PhantomData }
}

fn resource(
    key: Box<dyn Fn() -> Key + Send + Sync>,
    load: Box<dyn Fn(Key) -> Loading + Send + Sync>,
) -> Resource<Data, AsJson> {
    Resource::new_with_options(key, load, false)
}

impl<T: Clone + DeserializeOwned + 'static> PageData<T> {
    /// The one boundary of the page: `waiting` until there are data at all, then what `draw` makes of them. While others
    /// are loaded, the old ones stay.
    pub(super) fn view(
        self,
        waiting: fn() -> AnyView,
        draw: impl Fn(Result<T, DoorError>) -> AnyView + Send + Sync + 'static,
    ) -> AnyView {
        boundary(self.resource, waiting, Arc::new(move |data: &Data| draw(data.read())))
    }
}

fn boundary(data: Resource<Data, AsJson>, waiting: fn() -> AnyView, draw: Draw) -> AnyView {
    let drawn = move || {
        let draw = draw.clone();
        Suspend::new(async move { draw(&data.await) })
    };
    view! { <Transition fallback=waiting>{drawn}</Transition> }.into_any()
}

#[derive(Clone)]
enum Data {
    /// An answer of this process: a `Result<T, DoorError>`.
    Loaded(Arc<dyn Answer>),
    /// The server's answer as it stands in the page.
    Written(Arc<str>),
}

impl Data {
    fn read<T: Clone + DeserializeOwned + 'static>(&self) -> Result<T, DoorError> {
        let known = match self {
            Self::Loaded(answer) => {
                let answer: &dyn Any = &**answer;
                answer.downcast_ref().cloned()
            }
            // As bytes, like the answers of server functions: one reader for both.
            Self::Written(json) => serde_json::from_slice(json.as_bytes()).ok(),
        };
        known.unwrap_or_else(|| Err(DoorError(ApiError::new(ErrorCode::Internal))))
    }
}

trait Answer: Any + Send + Sync {
    #[cfg(feature = "ssr")]
    fn to_json(&self) -> Result<String, serde_json::Error>;
}

impl<T: Serialize + Send + Sync + 'static> Answer for Result<T, DoorError> {
    #[cfg(feature = "ssr")]
    fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}

/// How the server writes data into the page, and the browser finds them there.
struct AsJson;

impl Encoder<Data> for AsJson {
    type Error = serde_json::Error;
    type Encoded = String;

    fn encode(data: &Data) -> Result<String, serde_json::Error> {
        match data {
            Data::Written(json) => Ok(json.to_string()),
            #[cfg(feature = "ssr")]
            Data::Loaded(answer) => answer.to_json(),
            // The browser never writes; its program does not carry how.
            #[cfg(not(feature = "ssr"))]
            Data::Loaded(_) => Ok(String::new()),
        }
    }
}

impl Decoder<Data> for AsJson {
    type Error = std::convert::Infallible;
    type Encoded = str;

    fn decode(json: &str) -> Result<Data, Self::Error> {
        Ok(Data::Written(json.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(data: &Data) -> Result<u32, DoorError> {
        data.read()
    }

    #[cfg(feature = "ssr")]
    #[test]
    fn the_browser_reads_what_the_server_wrote() {
        let refused = Err(DoorError(ApiError::new(ErrorCode::NotFound)));
        for answer in [Ok(7_u32), refused] {
            let loaded = Data::Loaded(Arc::new(answer.clone()));
            assert_eq!(read(&loaded), answer);
            let written = AsJson::decode(&AsJson::encode(&loaded).unwrap()).unwrap();
            assert_eq!(read(&written), answer);
        }
    }

    #[test]
    fn data_of_another_kind_are_an_error_and_no_panic() {
        let other = Data::Loaded(Arc::new(Ok::<_, DoorError>("seven".to_owned())));
        for data in [other, Data::Written("{".into())] {
            assert_eq!(read(&data).unwrap_err().code(), ErrorCode::Internal);
        }
    }
}
