//! A batch that is too large for one job: as it is, compressed, refused, or split; and split, whatever is interrupted when.

use super::*;
use crate::service::ReportColumns;
use crate::submission::outcomes::take_over;

/// A batch of seven boards that is to be three jobs.
fn three() -> Bench {
    let mut bench = Bench::with(7);
    bench.split = Split::Into(3);
    bench
}

fn now(jobs: &[&str]) -> Vec<Submitted> {
    jobs.iter().map(|job| Submitted::Now(id(job))).collect()
}

impl Bench {
    fn files(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.dir.path().join("batch")).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .filter(|name| !name.starts_with("batch.db") && name != "batch.lock")
            .collect();
        names.sort_unstable();
        names
    }

    /// Boards and part of each job, as the store has them.
    fn shape(&self) -> Vec<(u32, u64, bool)> {
        let jobs = self.jobs().into_iter();
        jobs.map(|job| (job.part, job.intent.data_rows, job.service_id.is_some()))
            .collect()
    }

    /// The size of the CSV of all its boards.
    fn csv_bytes(&self) -> u64 {
        let path = self.dir.path().join("all.csv");
        let store = self.store();
        let source = crate::batch::Source {
            reader: store.reader(),
            cell: Some(self.cell),
            order: None,
        };
        let written = source
            .write(DataForm::Csv, Which::All, &path, true)
            .unwrap();
        written.bytes
    }
}

#[test]
fn a_file_that_just_fits_goes_as_it_is_and_one_byte_more_goes_in_a_zip() {
    let mut bench = Bench::with(60);
    bench.limit = bench.csv_bytes();
    bench.submit(&Service::default()).unwrap();
    assert_eq!(bench.files(), ["batch.csv"]);
    let mut bench = Bench::with(60);
    bench.limit = bench.csv_bytes() - 1;
    bench.submit(&Service::default()).unwrap();
    assert_eq!(bench.files(), ["batch.zip"]);
    let job = bench.job().unwrap();
    assert_eq!(job.intent.data_form, "csv-zip");
    assert!(job.intent.data_bytes < bench.limit);
}

#[test]
fn what_does_not_fit_at_all_is_refused_with_sizes_and_a_way_out() {
    let mut bench = Bench::with(60);
    bench.limit = 400;
    let service = Service::default();
    let error = bench.submit(&service).unwrap_err();
    let csv = bench.csv_bytes();
    let words = error.to_string();
    assert!(words.contains(&format!("({csv} as a CSV)")), "{words}");
    assert!(words.contains("at most 400"), "{words}");
    assert!(
        error.next_step().contains("--split"),
        "{}",
        error.next_step()
    );
    assert_eq!(service.calls(), [""; 0]);
    assert_eq!((bench.job(), bench.files()), (None, Vec::new()));
    // One board alone can't be split.
    bench.limit = 10;
    bench.split = Split::AsFew;
    let error = bench.submit_all(&service).unwrap_err();
    assert!(error.next_step().contains("columns"), "{error}");
    assert_eq!(service.calls(), [""; 0]);
}

#[test]
fn as_few_jobs_as_fit_and_their_sizes_differ_by_one_at_most() {
    let mut bench = Bench::with(61);
    bench.split = Split::AsFew;
    bench.limit = 420;
    let service = Service::default();
    let all = bench.submit_all(&service).unwrap();
    let jobs = bench.jobs();
    assert!(all.len() > 1 && all.len() == jobs.len(), "{all:?}");
    let rows: Vec<_> = jobs.iter().map(|job| job.intent.data_rows).collect();
    let (least, most) = (rows.iter().min().unwrap(), rows.iter().max().unwrap());
    assert!(most - least <= 1, "{rows:?}");
    assert_eq!(rows.iter().sum::<u64>(), 61);
    assert!(jobs.iter().all(|job| job.intent.data_bytes <= 420));
    // One fewer would not have done.
    let fewer = u32::try_from(jobs.len() - 1).unwrap();
    let mut other = Bench::with(61);
    other.split = Split::Into(fewer);
    other.limit = 420;
    assert!(matches!(
        other.submit_all(&service),
        Err(SubmitError::TooLarge { .. })
    ));
}

#[test]
fn with_room_enough_nothing_is_split() {
    let mut bench = Bench::with(3);
    bench.split = Split::AsFew;
    assert_eq!(
        bench.submit(&Service::default()).unwrap(),
        Submitted::Now(id("job-1"))
    );
    assert_eq!(bench.job().unwrap().intent.name, BATCH);
    let mut bench = Bench::with(2);
    bench.split = Split::Into(3);
    let error = bench.submit_all(&Service::default()).unwrap_err();
    assert!(matches!(error, SubmitError::MorePartsThanBoards { .. }));
}

#[test]
fn each_part_is_looked_for_then_posted_once() {
    let bench = three();
    let service = Service::default();
    assert_eq!(
        bench.submit_all(&service).unwrap(),
        now(&["job-1", "job-2", "job-3"])
    );
    let looks = ["list", "list", "list"];
    let post = ["list", "post", "list"];
    assert_eq!(service.calls(), [looks, post, post, post].concat());
    assert_eq!(bench.shape(), [(1, 3, true), (2, 2, true), (3, 2, true)]);
    let names: Vec<_> = bench
        .jobs()
        .into_iter()
        .map(|job| job.intent.name)
        .collect();
    assert_eq!(names, ["line-3-1-of-3", "line-3-2-of-3", "line-3-3-of-3"]);
    assert_eq!(
        bench.files(),
        ["batch-1-of-3.csv", "batch-2-of-3.csv", "batch-3-of-3.csv"]
    );
    assert_eq!(bench.states(), [BoardState::Submitted; 7]);
    // Again, whatever is said of splitting now: the service is not even asked.
    let mut bench = bench;
    bench.split = Split::No;
    let known = bench.submit_all(&service).unwrap();
    assert_eq!(known.len(), 3);
    assert!(
        known
            .iter()
            .all(|part| matches!(part, Submitted::Before(_)))
    );
    assert_eq!(service.calls(), [""; 0]);
}

#[test]
fn killed_at_any_post_the_rerun_goes_on_and_nothing_is_posted_twice() {
    for part in 0..3 {
        for kill in [Post::KilledBefore, Post::KilledAfter] {
            let bench = three();
            let mut posts = vec![Post::Made; part];
            posts.push(kill);
            let service = Service::new(&posts, &[]);
            bench.submit_killed(&service);
            let shape = bench.shape();
            assert_eq!(shape.iter().filter(|(_, _, posted)| *posted).count(), part);
            assert_eq!(shape.iter().map(|(_, rows, _)| rows).sum::<u64>(), 7);
            // Whatever was written is written again, byte for byte.
            std::fs::remove_file(bench.dir.path().join("batch/batch-3-of-3.csv")).unwrap();
            assert_eq!(bench.submit_all(&service).unwrap().len(), 3);
            assert_eq!(service.jobs(), 3, "part {part}");
            let mut ids: Vec<_> = bench.jobs().into_iter().map(|job| job.service_id).collect();
            ids.dedup();
            assert_eq!(ids.len(), 3);
            assert_eq!(bench.states(), [BoardState::Submitted; 7]);
        }
    }
}

#[test]
fn a_part_that_was_never_begun_needs_no_list_to_be_posted() {
    let bench = three();
    // The service refuses the second part, so nothing is in doubt, and it can not be asked for names.
    let service = Service::new(&[Post::Made, Post::Refused], &[List::NoSuchRoute; 9]);
    let error = bench.submit_all(&service).unwrap_err();
    assert!(
        matches!(
            error,
            SubmitError::Part {
                part: 2,
                parts: 3,
                ..
            }
        ),
        "{error}"
    );
    assert!(error.to_string().contains("part 2 of 3"), "{error}");
    assert_eq!(bench.shape(), [(1, 3, true), (2, 2, false), (3, 2, false)]);
    service.calls();
    let all = bench.submit_all(&service).unwrap();
    assert_eq!(all[0], Submitted::Before(id("job-1")));
    assert_eq!(service.calls(), ["list", "post", "list", "post"]);
    assert_eq!(service.jobs(), 3);
}

#[test]
fn a_refusal_of_the_first_part_gives_all_up() {
    let bench = three();
    let service = Service::new(&[Post::Refused], &[]);
    let error = bench.submit_all(&service).unwrap_err();
    assert!(
        matches!(error, SubmitError::Part { part: 1, .. }),
        "{error}"
    );
    assert_eq!(bench.job(), None);
    assert_eq!(bench.states(), [BoardState::Collected; 7]);
    assert_eq!(bench.submit_all(&service).unwrap().len(), 3);
    assert_eq!(service.jobs(), 3);
}

#[test]
fn a_name_of_a_part_that_is_taken_stops_all() {
    let bench = three();
    let service = Service::default();
    service.make("line-3-2-of-3");
    let error = bench.submit_all(&service).unwrap_err();
    assert!(matches!(error, SubmitError::NameTaken { .. }), "{error}");
    assert_eq!(bench.job(), None);
    assert_eq!(service.jobs(), 1);
}

#[test]
fn a_name_that_is_taken_meanwhile_stops_that_part() {
    let bench = three();
    let service = Service::new(&[Post::Made, Post::Unreachable], &[]);
    bench.submit_all(&service).unwrap_err();
    service.make("line-3-2-of-3");
    let error = bench.submit_all(&service).unwrap_err();
    let SubmitError::Part {
        part: 2, source, ..
    } = error
    else {
        panic!("{error}");
    };
    assert!(matches!(*source, SubmitError::NameTaken { .. }), "{source}");
    assert_eq!(bench.shape()[1], (2, 2, false));
}

#[test]
fn a_person_settles_the_one_part_that_is_in_doubt() {
    let bench = three();
    let service = Service::new(&[Post::Made, Post::KilledAfter], &[List::NoSuchRoute; 6]);
    bench.submit_killed(&service);
    let error = bench.submit_all(&service).unwrap_err();
    assert!(error.next_step().contains("--job-id"), "{error}");
    let named = |job: &str| Settle {
        job_id: Some(id(job)),
        again: false,
    };
    // The first part's job is not the second's too.
    let error = bench.settle_all(&service, &named("job-1")).unwrap_err();
    assert!(
        error.next_step().contains("was interrupted"),
        "{}",
        error.next_step()
    );
    assert_eq!(bench.shape()[1], (2, 2, false));
    let all = bench.settle_all(&service, &named("job-2")).unwrap();
    assert_eq!(
        all,
        [
            Submitted::Before(id("job-1")),
            Submitted::Found(id("job-2")),
            Submitted::Now(id("job-3"))
        ]
    );
    assert_eq!(service.jobs(), 3);
    let error = bench.settle_all(&service, &named("job-9")).unwrap_err();
    assert!(matches!(error, SubmitError::OtherJob { .. }), "{error}");
}

#[test]
fn a_part_s_report_speaks_of_its_own_boards_only() {
    let bench = three();
    bench.submit_all(&Service::default()).unwrap();
    let jobs = bench.jobs();
    let report = "device_name,status\ndev-4,SUCCESS\ndev-5,SUCCESS\ndev-1,FAILED\n";
    let taken = take_over(
        &mut bench.store(),
        jobs[1].row,
        &ReportColumns::default(),
        || Ok(report.as_bytes()),
    );
    let applied = taken.unwrap().applied;
    assert_eq!((applied.issued, applied.failed, applied.unknown), (2, 0, 1));
    assert_eq!(
        bench.states()[0],
        BoardState::Submitted,
        "it is in another part"
    );
}

#[test]
fn every_form_is_written_again_as_it_was() {
    for form in [DataForm::Csv, DataForm::CsvZip, DataForm::CsrZip] {
        let mut bench = three();
        bench.form = form;
        let service = Service::new(&[Post::KilledBefore], &[]);
        bench.submit_killed(&service);
        for file in bench.files() {
            std::fs::remove_file(bench.dir.path().join("batch").join(file)).unwrap();
        }
        // The configuration of now does not matter.
        bench.form = DataForm::Csv;
        assert_eq!(bench.submit_all(&service).unwrap().len(), 3);
        assert!(
            bench
                .files()
                .iter()
                .all(|name| name.ends_with(form.extension()))
        );
    }
}
