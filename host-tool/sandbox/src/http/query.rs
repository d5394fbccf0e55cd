//! Query strings, read strictly: only known names, each once.

use axum::extract::Query;
use axum::http::Uri;

use super::Refusal;

/// The values of the known names, in the order of `known`.
pub(super) fn read<const N: usize>(
    uri: &Uri,
    known: [&str; N],
) -> Result<[Option<String>; N], Refusal> {
    let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(uri)
        .map_err(|_| Refusal::invalid("the query cannot be read"))?;
    let mut values = [const { None }; N];
    for (name, value) in pairs {
        let slot = known
            .iter()
            .zip(values.iter_mut())
            .find_map(|(known, slot)| (*known == name).then_some(slot));
        match slot {
            None => return Err(Refusal::invalid(format!("{name}: unknown in the query"))),
            Some(Some(_)) => {
                return Err(Refusal::invalid(format!("{name}: twice in the query")));
            }
            Some(slot) => *slot = Some(value),
        }
    }
    Ok(values)
}

/// A number within bounds, or the default where it is not given.
pub(super) fn number(
    name: &str,
    value: Option<&str>,
    default: usize,
    bounds: std::ops::RangeInclusive<usize>,
) -> Result<usize, Refusal> {
    let Some(text) = value else {
        return Ok(default);
    };
    let number = text.parse().ok().filter(|number| bounds.contains(number));
    number.ok_or_else(|| {
        Refusal::invalid(format!(
            "{name}: a number from {} to {} is needed",
            bounds.start(),
            bounds.end()
        ))
    })
}
