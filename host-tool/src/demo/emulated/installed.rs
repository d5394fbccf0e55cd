//! Where images and emulators are, and whether they are there: everything that is missing is told before anything starts.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::error::Error;
use super::kind::Kind;
use super::machine::Program;
use super::tied::SETPRIV;

/// Where images are, from the folder above this program's own: in a build's folder, and beside an installed program.
const BUILT: &str = "mcu/images";
const INSTALLED: &str = "share/nameplate/images";

/// The RP2040's emulator: beside the images, or else beside the images that belong to this program.
const RP2040: &str = "rp2040js";
const RP2040_PROGRAM: &str = "run.mjs";
/// What its `install` writes last.
const RP2040_WHOLE: &str = ".installed";

/// Where images and emulators are.
#[derive(Clone, Debug)]
pub struct Installed {
    images: PathBuf,
    /// The RP2040's emulator, there or not.
    rp2040: PathBuf,
}

impl Installed {
    /// With the images in this folder, or else in the one that belongs to this program.
    ///
    /// # Errors
    /// [`Error::Here`].
    pub fn find(images: Option<&Path>) -> Result<Self, Error> {
        let program = env::current_exe().map_err(Error::Here)?;
        let default = default_images(program.parent().unwrap_or(Path::new("/")));
        let images = match images {
            Some(images) => std::path::absolute(images).map_err(Error::Here)?,
            None => default.clone(),
        };
        let beside = images.with_file_name(RP2040);
        let rp2040 = [beside.clone(), default.with_file_name(RP2040)]
            .into_iter()
            .find(|folder| folder.join(RP2040_WHOLE).is_file());
        Ok(Self {
            images,
            rp2040: rp2040.unwrap_or(beside),
        })
    }

    /// The image of a kind, there or not.
    pub fn image(&self, kind: Kind) -> PathBuf {
        self.images.join(kind.name())
    }

    /// The same, built for tests: it takes more lines in its provisioning page.
    pub fn test_image(&self, kind: Kind) -> PathBuf {
        self.images.join(format!("{kind}-test"))
    }

    /// Whether everything is there to run these kinds.
    ///
    /// # Errors
    /// [`Error::Program`], [`Error::Image`] for all images that are missing, [`Error::Rp2040`].
    pub fn check(&self, kinds: &[Kind]) -> Result<(), Error> {
        find_program(SETPRIV)?;
        for kind in kinds {
            self.emulator(*kind)?;
        }
        let is_missing = |kind: &Kind| kinds.contains(kind) && !self.image(*kind).is_file();
        let missing: Vec<_> = Kind::ALL.into_iter().filter(is_missing).collect();
        if missing.is_empty() {
            return Ok(());
        }
        Err(Error::Image {
            kinds: missing,
            folder: self.images.clone(),
        })
    }

    /// The program that runs a kind, and the script that the program needs before its arguments.
    pub(super) fn emulator(&self, kind: Kind) -> Result<(PathBuf, Option<PathBuf>), Error> {
        let program = find_program(kind.machine().program)?;
        let script = (!kind.is_in_qemu()).then(|| self.rp2040()).transpose()?;
        Ok((program, script))
    }

    fn rp2040(&self) -> Result<PathBuf, Error> {
        if self.rp2040.join(RP2040_WHOLE).is_file() {
            Ok(self.rp2040.join(RP2040_PROGRAM))
        } else {
            Err(Error::Rp2040 {
                folder: self.rp2040.clone(),
            })
        }
    }
}

/// The folder of the build that this program is from, where that has images; or else where an installation has them.
fn default_images(here: &Path) -> PathBuf {
    let above = here.parent().unwrap_or(here);
    let [built, installed] = [BUILT, INSTALLED].map(|relative| above.join(relative));
    if !built.is_dir() && installed.is_dir() {
        installed
    } else {
        built
    }
}

pub(super) fn find_program(program: Program) -> Result<PathBuf, Error> {
    let path = env::var_os("PATH").unwrap_or_default();
    in_path(&path, program.name).ok_or(Error::Program {
        program: program.name,
        package: program.package,
    })
}

fn in_path(path: &OsStr, name: &str) -> Option<PathBuf> {
    let is_program = |file: &PathBuf| {
        fs::metadata(file)
            .is_ok_and(|about| about.is_file() && about.permissions().mode() & 0o111 != 0)
    };
    // A relative folder would be another one in the board's folder.
    let folders = env::split_paths(path).filter(|folder| folder.is_absolute());
    folders.map(|folder| folder.join(name)).find(is_program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_looked_for_beside_the_program() {
        let home = tempfile::tempdir().unwrap();
        let built = home.path().join("mcu/images");
        let installed = home.path().join("share/nameplate/images");
        let found = || default_images(&home.path().join("bin"));
        assert_eq!(found(), built);
        fs::create_dir_all(&installed).unwrap();
        assert_eq!(found(), installed);
        fs::create_dir_all(&built).unwrap();
        assert_eq!(found(), built);
    }

    #[test]
    fn all_missing_images_are_told_at_once() {
        let images = tempfile::tempdir().unwrap();
        fs::write(images.path().join("microbit"), "").unwrap();
        let installed = Installed::find(Some(images.path())).unwrap();
        installed.check(&[Kind::Microbit]).unwrap();
        let missing = installed
            .check(&[Kind::An505, Kind::Microbit, Kind::An386, Kind::An505])
            .unwrap_err();
        let words = missing.to_string();
        assert!(
            words.starts_with("there is no image of an386 and of an505 in /"),
            "{words}"
        );
        let next = missing.next_step();
        assert!(next.contains("`boards/mcu/build an386 an505`"), "{next}");
    }

    #[test]
    fn the_emulator_of_the_rp2040_stands_beside_the_images() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join(RP2040);
        let find = || Installed::find(Some(&home.path().join("images"))).unwrap();
        let missing = find().rp2040().unwrap_err();
        let next = missing.next_step();
        assert!(
            next.contains(&format!("install {}`", folder.display())),
            "{next}"
        );
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join(RP2040_WHOLE), "").unwrap();
        assert_eq!(find().rp2040().unwrap(), folder.join(RP2040_PROGRAM));
    }

    #[test]
    fn programs_are_files_that_can_be_run() {
        let home = tempfile::tempdir().unwrap();
        let [first, second] = ["first", "second"].map(|name| home.path().join(name));
        let put = |folder: &Path, mode| {
            fs::create_dir(folder).unwrap();
            let program = folder.join("qemu");
            fs::write(&program, "").unwrap();
            fs::set_permissions(&program, fs::Permissions::from_mode(mode)).unwrap();
        };
        put(&first, 0o644);
        put(&second, 0o755);
        let path = env::join_paths([Path::new("here"), &first, &second]).unwrap();
        assert_eq!(in_path(&path, "qemu"), Some(second.join("qemu")));
        assert_eq!(in_path(&path, "no-such-program"), None);
    }
}
