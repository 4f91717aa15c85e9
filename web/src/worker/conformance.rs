//! Every operation of a backend against the plain-Rust reference, in this browser.

use duet_engine::backend::conformance::{CaseReport, F32_TOLERANCE, cases, run_case};

use super::device::{Devices, cpu_backend, gpu_backend};
use crate::protocol::{Failure, Reply, Wish};

/// Runs the whole table of cases.
pub(super) async fn check(devices: &mut Devices, backend: Wish) -> Result<Reply, Failure> {
    let device = match backend {
        Wish::Gpu => Some(devices.good_gpu().await.ok_or_else(|| {
            Failure::new("There is no GPU to check", "No adapter passes its self-test.", "Check the processor.")
        })?),
        Wish::Cpu | Wish::Auto => None,
    };
    let all = cases();
    let mut failures = Vec::new();
    for case in &all {
        let report = match &device {
            Some(device) => run_case(case, async |shape, capacity| gpu_backend(device, shape, capacity)).await,
            None => run_case(case, async |shape, capacity| cpu_backend(shape, capacity)).await,
        };
        match report {
            Ok(report) => failures.extend(differences(&report)),
            Err(error) => failures.push(format!("{}: {error}", case.name)),
        }
    }
    let backend = device.map_or_else(|| "cpu".to_owned(), |device| format!("gpu: {}", device.adapter_name()));
    Ok(Reply::Conformance { backend, cases: all.len(), failures })
}

fn differences(report: &CaseReport) -> Vec<String> {
    let failures = report.failures(F32_TOLERANCE).into_iter();
    failures
        .map(|one| format!("{}: {} differs by {} at {}", report.case, one.operation, one.difference, one.at))
        .collect()
}
