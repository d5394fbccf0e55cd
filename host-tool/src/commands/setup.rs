//! What commands need of a batch: its folder, its configuration, its store.

use std::path::{Path, PathBuf};

use crate::cli::args::Batch;
use crate::cli::exit::Failure;
use crate::codes::Code;
use crate::config::Config;
use crate::service::{self, BatchService};
use crate::store::{Reader, Station, Store, StoreError};

/// The batch file in a batch's folder: what is submitted.
pub const BATCH_FILE: &str = "batch.csv";
/// The report in a batch's folder.
pub const REPORT_FILE: &str = "report.csv";

/// A batch's folder and configuration.
#[derive(Debug)]
pub struct Setup {
    folder: PathBuf,
    /// The configuration.
    pub config: Config,
}

impl Setup {
    /// Reads the configuration.
    ///
    /// # Errors
    /// Where it can't be used.
    pub fn load(args: &Batch) -> Result<Self, Failure> {
        let config = Config::load(args.config.as_deref(), &args.batch)?;
        Ok(Self {
            folder: args.batch.clone(),
            config,
        })
    }

    /// A batch's folder with a configuration that is known already.
    pub fn with(folder: &Path, config: Config) -> Self {
        Self {
            folder: folder.to_owned(),
            config,
        }
    }

    /// The batch's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A file in the batch's folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The batch's name: configured, or the folder's.
    ///
    /// # Errors
    /// Where there is neither.
    pub fn batch_name(&self) -> Result<String, Failure> {
        if let Some(name) = &self.config.batch.name {
            return Ok(name.clone());
        }
        let absolute = std::path::absolute(&self.folder);
        let name = absolute
            .ok()
            .and_then(|path| Some(path.file_name()?.to_str()?.to_owned()));
        name.ok_or_else(|| {
            let error = anyhow::anyhow!("the batch has no name");
            Failure::usage(Code::BadSetting, error).next("Set batch.name in the configuration.")
        })
    }

    /// Opens the batch's store to write, and makes it where there is none.
    ///
    /// # Errors
    /// Where it can't be used.
    pub fn store_or_new(&self) -> Result<Store, Failure> {
        Ok(Store::open_or_create(&self.folder, &self.batch_name()?)?)
    }

    /// Opens the batch's store to write.
    ///
    /// # Errors
    /// Where there is none, or it can't be used.
    pub fn store(&self) -> Result<Store, Failure> {
        Ok(Store::open(&self.folder)?)
    }

    /// Opens the batch's store to read, which others may write meanwhile.
    ///
    /// # Errors
    /// Where there is none, or it can't be used.
    pub fn reader(&self) -> Result<Reader, Failure> {
        self.read_by(Reader::open)
    }

    /// The same for its boards alone.
    ///
    /// # Errors
    /// As [`Setup::reader`].
    pub fn reader_of_boards(&self) -> Result<Reader, Failure> {
        self.read_by(Reader::open_for_boards)
    }

    fn read_by(
        &self,
        open: impl Fn(&Path) -> Result<Reader, StoreError>,
    ) -> Result<Reader, Failure> {
        match open(&self.folder) {
            Err(StoreError::Older { .. }) => {
                // Whoever writes brings it up to date.
                drop(self.store()?);
                Ok(open(&self.folder)?)
            }
            opened => Ok(opened?),
        }
    }

    /// Opens the station's index.
    ///
    /// # Errors
    /// Where it can't be used.
    pub fn station(&self) -> Result<Station, Failure> {
        let path = match &self.config.batch.station_index {
            Some(path) => self.config.path(path),
            None => Station::default_path()?,
        };
        Ok(Station::open(&path)?)
    }

    /// The service.
    ///
    /// # Errors
    /// Where the configuration does not reach it.
    pub fn service(&self) -> Result<Box<dyn BatchService>, Failure> {
        let settings = self.config.service_settings()?;
        Ok(service::connect(&settings)?)
    }
}
