//! The name that was probably meant.

/// How alike two names must be, from 0 to 1, before one is offered for the other.
const ALIKE: f64 = 0.6;

/// The candidate that a person who wrote `word` most probably meant; none when nothing comes near.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .into_iter()
        .map(|candidate| (likeness(word, candidate), candidate))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, candidate)| candidate)
}

/// Case and the joints between words (`newSecret`, `new_secret`, `new-secret`) make no difference.
fn likeness(word: &str, candidate: &str) -> f64 {
    let [word, candidate] = [word, candidate].map(letters);
    let edits = strsim::normalized_damerau_levenshtein(&word, &candidate);
    let (short, long) = if word.len() < candidate.len() { (word, candidate) } else { (candidate, word) };
    if short.len() > 2 && long.contains(&short) {
        // A part of a name is as near as it is long.
        let part = short.len() as f64 / long.len() as f64;
        return edits.max(ALIKE + (1.0 - ALIKE) * part);
    }
    edits
}

fn letters(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_joints_and_parts_lead_to_the_name() {
        let names =
            ["initial-install", "manual-upgrade", "site-rename", "secret-rotation", "forge-site-rename"];
        for (word, meant) in [
            ("inital-install", "initial-install"),
            ("secretRotation", "secret-rotation"),
            ("rename", "site-rename"),
            ("site-renmae", "site-rename"),
            ("MANUAL_UPGRADE", "manual-upgrade"),
        ] {
            assert_eq!(nearest(word, names), Some(meant), "{word}");
        }
    }

    #[test]
    fn nothing_is_offered_for_what_is_far_from_everything() {
        assert_eq!(nearest("marmalade", ["initial-install", "manual-upgrade"]), None);
        assert_eq!(nearest("", ["initial-install"]), None);
        assert_eq!(nearest("x", []), None);
    }
}
