//! As many verifiers as cores: signatures are what costs time here, and more threads would not make it less.

use std::thread::{Scope, available_parallelism};

use crossbeam_channel::{Sender, bounded};

use crate::columns::Asked;
use crate::link::CsrAnswer;
use crate::verify::{Refusal, VerifiedRequest, check_proof, check_request};

/// Answers that may wait for a verifier, per verifier.
const QUEUE: usize = 32;

/// What is to be checked, and who waits for it.
struct Job {
    answer: CsrAnswer,
    asked: Asked,
    nonce: [u8; 32],
    verdict: Sender<Result<(VerifiedRequest, Asked), Refusal>>,
}

/// Where answers are given to be checked.
#[derive(Clone)]
pub(super) struct Verifiers {
    jobs: Sender<Job>,
}

impl Verifiers {
    /// Starts one verifier a core; they end when the last of these handles is gone.
    pub fn start<'scope>(scope: &'scope Scope<'scope, '_>) -> Self {
        let cores = available_parallelism().map_or(1, usize::from);
        let (jobs, inbox) = bounded::<Job>(cores * QUEUE);
        for _ in 0..cores {
            let inbox = inbox.clone();
            scope.spawn(move || {
                for job in inbox {
                    let verdict = check(&job).map(|request| (request, job.asked));
                    // Whoever waited may be gone with its board.
                    let _ = job.verdict.send(verdict);
                }
            });
        }
        Self { jobs }
    }

    /// Checks a board's certificate request and proof, and waits for the verdict.
    pub fn check(
        &self,
        answer: CsrAnswer,
        asked: Asked,
        nonce: [u8; 32],
    ) -> Result<(VerifiedRequest, Asked), Refusal> {
        let (verdict, verdicts) = bounded(1);
        let job = Job {
            answer,
            asked,
            nonce,
            verdict,
        };
        let ended = || Refusal::UnreadableRequest("the verifiers have ended".to_owned());
        self.jobs.send(job).map_err(|_| ended())?;
        verdicts.recv().unwrap_or_else(|_| Err(ended()))
    }
}

fn check(job: &Job) -> Result<VerifiedRequest, Refusal> {
    let request = check_request(&job.answer.csr, &job.asked)?;
    let CsrAnswer {
        mac, name, proof, ..
    } = &job.answer;
    check_proof(&request, &job.nonce, *mac, name, proof)?;
    Ok(request)
}
