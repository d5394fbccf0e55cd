//! Reads the service's JSON answers, tolerantly where the contract guesses and strictly where a
//! misreading would make a job twice.
//!
//! Pure: bytes in, values out. Whatever arrives, it does not panic.

use serde_json::Value;

use super::job::{Counts, JobId, JobStatus, JobSummary};

/// Greatest number of jobs read from one page of a list.
pub(super) const MAX_PAGE: usize = 10_000;

/// The id of a job just made: `{"id"}`, `{"job_id"}`, a JSON string or number, or the bare id.
pub(super) fn created_job(body: &[u8]) -> Result<JobId, String> {
    const EXPECTED: &str = "it holds no job id";
    let id = match serde_json::from_slice::<Value>(body) {
        Ok(value) => id_in(&value).or_else(|| id_text(&value)),
        Err(_) => std::str::from_utf8(body).ok().and_then(bare_id),
    };
    let id = id.ok_or_else(|| EXPECTED.to_owned())?;
    JobId::parse(&id).map_err(|error| error.to_string())
}

/// Where a job stands.
pub(super) fn job_status(body: &[u8]) -> Result<JobStatus, String> {
    let value: Value = serde_json::from_slice(body).map_err(|_| "it is not JSON".to_owned())?;
    status_in(&value).ok_or_else(|| "it holds no status".to_owned())
}

/// One page of the list of jobs.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) jobs: Vec<JobSummary>,
    /// How many there are on all pages, where the service says so.
    pub(super) total: Option<u64>,
}

/// Reads a page: a JSON list, or an object with `records`, `jobs`, `items`, `content` or `data`.
///
/// A record that can't be read fails the page: it could be the very job that is looked for.
pub(super) fn job_page(body: &[u8]) -> Result<Page, String> {
    let value: Value = serde_json::from_slice(body).map_err(|_| "it is not JSON".to_owned())?;
    let records = ["records", "jobs", "items", "content", "data"]
        .iter()
        .find_map(|key| value.get(key).and_then(Value::as_array))
        .or_else(|| value.as_array())
        .ok_or_else(|| "it holds no list of jobs".to_owned())?;
    if records.len() > MAX_PAGE {
        return Err(format!("a page of it has more than {MAX_PAGE} jobs"));
    }
    let jobs = records.iter().map(summary_in).collect::<Result<_, _>>()?;
    let total = number_in(
        &value,
        &["total", "total_count", "total_records", "total_elements"],
    );
    Ok(Page { jobs, total })
}

fn summary_in(record: &Value) -> Result<JobSummary, String> {
    let id = id_in(record).ok_or_else(|| "a job in it has no id".to_owned())?;
    let name = text_in(record, &["name", "job_name"])
        .ok_or_else(|| "a job in it has no name".to_owned())?;
    Ok(JobSummary {
        id: JobId::parse(&id).map_err(|error| error.to_string())?,
        name: name.to_owned(),
        status: status_in(record),
    })
}

fn status_in(value: &Value) -> Option<JobStatus> {
    let status =
        text_in(value, &["status", "job_status"]).filter(|status| !status.trim().is_empty())?;
    let counts = Counts {
        total: number_in(value, &["total", "total_count", "total_records"]),
        succeeded: number_in(
            value,
            &[
                "successful",
                "succeeded",
                "success",
                "success_count",
                "successful_count",
            ],
        ),
        failed: number_in(value, &["failed", "failed_count", "failure_count"]),
    };
    Some(JobStatus::new(status, counts, None))
}

fn id_in(value: &Value) -> Option<String> {
    ["id", "job_id"]
        .iter()
        .find_map(|key| member(value, key).and_then(id_text))
}

/// A member by its name in `snake_case`, whose own spelling may be `camelCase`: which of them is not documented.
fn member<'a>(value: &'a Value, key: &str) -> Option<&'a Value> {
    let object = value.as_object()?;
    object.get(key).or_else(|| {
        let same = |name: &str| name.chars().eq(camel(key));
        object
            .iter()
            .find_map(|(name, value)| same(name).then_some(value))
    })
}

fn camel(key: &str) -> impl Iterator<Item = char> {
    let mut upper = false;
    key.chars().filter_map(move |letter| {
        if letter == '_' {
            upper = true;
            return None;
        }
        Some(if std::mem::take(&mut upper) {
            letter.to_ascii_uppercase()
        } else {
            letter
        })
    })
}

fn id_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// A bare id has a digit: `OK` and `Accepted` are words, and following them would lose the job.
fn bare_id(text: &str) -> Option<String> {
    let text = text.trim();
    text.bytes()
        .any(|byte| byte.is_ascii_digit())
        .then(|| text.to_owned())
}

fn text_in<'a>(value: &'a Value, keys: &[&str]) -> Option<&'a str> {
    keys.iter()
        .find_map(|key| member(value, key).and_then(Value::as_str))
}

fn number_in(value: &Value, keys: &[&str]) -> Option<u64> {
    keys.iter()
        .find_map(|key| member(value, key).and_then(Value::as_u64))
}

#[cfg(test)]
mod tests {
    use super::super::job::Phase;
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_form_of_a_new_id_is_read() {
        for body in [
            r#"{"id":"7a98-46"}"#,
            r#"{"job_id":"7a98-46","name":"x"}"#,
            r#"{"jobId":"7a98-46"}"#,
            r#""7a98-46""#,
            "7a98-46",
            " 7a98-46\r\n",
        ] {
            assert_eq!(
                created_job(body.as_bytes()).unwrap().as_str(),
                "7a98-46",
                "{body}"
            );
        }
        assert_eq!(created_job(br#"{"id":42}"#).unwrap().as_str(), "42");
        assert_eq!(created_job(b"42").unwrap().as_str(), "42");
    }

    #[test]
    fn what_is_no_id_is_not_taken_for_one() {
        for body in [
            "",
            "OK",
            "Accepted",
            "true",
            "null",
            "{}",
            r#"{"id":null}"#,
            r#"{"id":"../../x"}"#,
            "<html>1</html>",
            r#"{"id":""}"#,
            "[1]",
            r#"{"id":"a b"}"#,
            "\u{feff}",
            r#"{"id":{"id":"x"}}"#,
            "1.5",
        ] {
            assert!(created_job(body.as_bytes()).is_err(), "{body}");
        }
    }

    #[test]
    fn a_status_and_its_counts_are_read() {
        let status =
            job_status(br#"{"id":"1","status":"COMPLETE","total":3,"successful":2,"failed":1}"#)
                .unwrap();
        assert_eq!(status.phase(), Phase::Complete);
        assert_eq!(status.raw(), "COMPLETE");
        assert_eq!(
            status.counts,
            Counts {
                total: Some(3),
                succeeded: Some(2),
                failed: Some(1)
            }
        );
        let camel =
            br#"{"jobStatus":"COMPLETE","totalCount":3,"successfulCount":2,"failedCount":1}"#;
        assert_eq!(job_status(camel).unwrap(), status);
        assert!(job_status(br#"{"state":"x"}"#).is_err());
        assert!(job_status(br#"{"status":7}"#).is_err());
        assert!(job_status(b"IN_PROGRESS").is_err());
    }

    #[test]
    fn lists_are_read_in_every_likely_shape() {
        let list = r#"[{"id":"1","name":"a","status":"FAILED"},{"job_id":2,"job_name":"b"}]"#;
        let plain = job_page(list.as_bytes()).unwrap();
        assert_eq!(plain.jobs.len(), 2);
        let wrapped = job_page(format!(r#"{{"records":{list},"total":9}}"#).as_bytes()).unwrap();
        assert_eq!(wrapped.jobs, plain.jobs);
        assert_eq!(wrapped.total, Some(9));
    }

    #[test]
    fn a_job_that_can_not_be_read_fails_the_list() {
        for body in [
            "{}",
            "7",
            r#"[{"id":"1"}]"#,
            r#"[{"name":"a"}]"#,
            r#"[{"id":"a/b","name":"a"}]"#,
            "[null]",
        ] {
            assert!(job_page(body.as_bytes()).is_err(), "{body}");
        }
    }

    fn json() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![
            Just("null".to_owned()),
            Just("true".to_owned()),
            any::<i64>().prop_map(|n| n.to_string()),
            "[a-z0-9/-]{0,8}".prop_map(|text| format!("\"{text}\"")),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            let key = prop_oneof![
                Just("id"),
                Just("job_id"),
                Just("status"),
                Just("records"),
                Just("name"),
                Just("x")
            ];
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4)
                    .prop_map(|all| format!("[{}]", all.join(","))),
                prop::collection::vec((key, inner), 0..4).prop_map(|all| {
                    let all: Vec<_> = all
                        .into_iter()
                        .map(|(key, value)| format!("\"{key}\":{value}"))
                        .collect();
                    format!("{{{}}}", all.join(","))
                }),
            ]
        })
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_are_borne(body in prop::collection::vec(any::<u8>(), 0..400)) {
            let _ = (created_job(&body), job_status(&body), job_page(&body));
        }

        #[test]
        fn arbitrary_json_is_borne(body in json()) {
            let _ = (created_job(body.as_bytes()), job_status(body.as_bytes()), job_page(body.as_bytes()));
        }
    }
}
